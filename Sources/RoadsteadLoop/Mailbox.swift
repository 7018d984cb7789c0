import CLinux
import Glibc
import Synchronization

/// What other threads (and the loop itself) ask a loop to run, in order.
///
/// A batch costs one write to an eventfd, whatever its size. The eventfd is registered edge-triggered, so it is never read: each write is
/// an edge, and its counter would take centuries to fill up.
final class Mailbox: Sendable {
    /// One thing to run.
    enum Item {
        case task(@Sendable () -> Void)
        case job(UnownedJob)
    }

    /// What whoever posted must do.
    enum Duty {
        /// Nothing: the loop will come by.
        case none
        /// Wake the loop.
        case wake
        /// The loop has ended: run what is in the mailbox until `finish` says that it is empty.
        case run
    }

    private enum Phase {
        /// The loop's thread collects. Can become: `ended`.
        case open
        /// The loop has ended; the next to post collects. Can become: `collectedByPoster`.
        case ended
        /// Some thread that posted runs what there is. Can become: `ended`.
        case collectedByPoster
    }

    private struct State {
        var items: [Item] = []
        var phase = Phase.open
        var isWakePending = false
    }

    /// Room for this many items is kept from batch to batch.
    private static let keptCapacity = 1024

    /// To be registered edge-triggered. Stays open as long as the mailbox: a late poster must not write to a descriptor's next owner.
    let wakeDescriptor: Int32
    private let state = Mutex(State())
    /// Says in each critical section what the lock says already, in a way that the thread sanitizer sees: it knows nothing of a Mutex's slow
    /// path, which is inside the standard library, and reports races where there are none.
    private let order = Atomic(false)

    init(loop: String) throws(LoopError) {
        wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard wakeDescriptor >= 0 else {
            throw LoopError.system(operation: "make an eventfd for", subject: "event loop \(loop)", code: errno)
        }
    }

    deinit {
        Glibc.close(wakeDescriptor)
    }

    private func withState<Result>(_ body: (inout State) -> Result) -> Result {
        state.withLock { state in
            _ = order.load(ordering: .acquiring)
            defer { order.store(true, ordering: .releasing) }
            return body(&state)
        }
    }

    /// Appends one item. Any thread.
    func post(_ item: Item) -> Duty {
        withState { state in
            state.items.append(item)
            switch state.phase {
            case .open:
                if state.isWakePending { return .none }
                state.isWakePending = true
                return .wake
            case .ended:
                state.phase = .collectedByPoster
                return .run
            case .collectedByPoster:
                return .none
            }
        }
    }

    /// Makes the loop return from waiting. Any thread.
    func wake() {
        // EAGAIN, the one failure possible, means that the counter is full: then the edge is already there.
        _ = eventfd_write(wakeDescriptor, 1)
    }

    /// Exchanges what was posted for `batch`, which must be empty and lends its memory. Later posts wake anew.
    func collect(into batch: inout [Item]) {
        if batch.capacity > Self.keptCapacity { batch = [] }
        withState { state in
            swap(&state.items, &batch)
            state.isWakePending = false
        }
    }

    /// Ends collecting, unless something was posted meanwhile. From then on those who post collect.
    func finish() -> Bool {
        withState { state in
            guard state.items.isEmpty else { return false }
            state.phase = .ended
            return true
        }
    }
}
