import CLinux
import Glibc

/// An epoll descriptor and the memory it reports into.
@safe
struct Epoll: ~Copyable {
    /// Which events a descriptor is registered for.
    enum Interest {
        /// Everything, reported on change: for connections and the mailbox's eventfd.
        case changes
        /// Readability, reported as long as it lasts: for listeners.
        case readableLevel
        /// Nothing, for a while: for listeners that are paused.
        case nothing

        fileprivate var events: UInt32 {
            switch self {
            case .changes: EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
            case .readableLevel: EPOLLIN.rawValue
            case .nothing: 0
            }
        }
    }

    /// Events taken from the kernel at a time; more stay there for the next call.
    static let capacity = 512

    private let descriptor: Int32
    private let events: UnsafeMutablePointer<epoll_event>

    init(loop: String) throws(LoopError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else {
            throw LoopError.system(operation: "make an epoll descriptor for", subject: "event loop \(loop)", code: errno)
        }
        // SAFETY: freed in deinit; `event(at:)` reads only what `wait` has written.
        unsafe events = UnsafeMutablePointer<epoll_event>.allocate(capacity: Self.capacity)
    }

    deinit {
        // SAFETY: allocated in init, and nothing else holds it.
        unsafe events.deallocate()
        Glibc.close(descriptor)
    }

    /// Starts reporting. Returns 0, or errno.
    func add(_ descriptor: Int32, interest: Interest, data: UInt64) -> Int32 {
        clinux_epoll_control(self.descriptor, EPOLL_CTL_ADD, descriptor, interest.events, data)
    }

    /// Reports something else of a descriptor from now on. It needs no memory, and so can't fail, unlike taking it out and adding it again.
    func set(_ descriptor: Int32, interest: Interest, data: UInt64) {
        let code = clinux_epoll_control(self.descriptor, EPOLL_CTL_MOD, descriptor, interest.events, data)
        precondition(code == 0, "a descriptor that is paused or resumed is registered")
    }

    /// Waits for events, `milliseconds` at most (-1: for ever). Returns how many there are.
    func wait(milliseconds: Int32) -> Int {
        // SAFETY: the memory has room for `capacity` events.
        let count = unsafe epoll_wait(descriptor, events, Int32(Self.capacity), milliseconds)
        guard count < 0 else { return Int(count) }
        // Only EINTR is possible with a valid descriptor, memory and count.
        precondition(errno == EINTR, "epoll_wait failed: the epoll descriptor was closed by someone else")
        return 0
    }

    /// The data and events of one of the events that `wait` has just counted.
    func event(at index: Int) -> (data: UInt64, events: UInt32) {
        precondition(index >= 0 && index < Self.capacity, "an event's index lies within what wait counted")
        // SAFETY: within capacity by the check above, written by the kernel as `wait` counted it.
        return unsafe (clinux_epoll_data(events + index), events[index].events)
    }
}
