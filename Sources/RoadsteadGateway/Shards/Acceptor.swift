import Glibc
import Logging
import RoadsteadLoop

/// One loop's end of a listener: accepts in bounded batches, and pauses when descriptors run out. Loop-confined.
///
/// ```
///   accepting ---- none left, or the last are reached ----> resting
///       ^                                                      | after `rest`
///       +------- no connection waits, or there is room <-------+ (else it rests on)
/// ```
final class Acceptor: EventHandler, TimerHandler {
    /// Connections of one wake-up, so that a storm does not starve open sessions.
    static let batch = 64
    /// How long accepting rests when the process or the system is out of descriptors.
    static let rest: Duration = .milliseconds(200)

    private let loop: EventLoop
    private let name: String
    private let logger: Logger
    private let descriptor: Int32
    private let onAccept: (Int32, SocketAddress) -> Void
    private let onPause: () -> Void
    private let reserve: DescriptorReserve
    /// Accepted when only the reserve was left; served when there is room.
    private var waiting: (descriptor: Int32, remote: SocketAddress)?
    private var registration: Registration?
    private var isStarved = false
    private var timer = TimerID.none

    /// - Parameters:
    ///   - reserve: descriptors that its connections must not take.
    ///   - onAccept: takes over the descriptor of an accepted connection.
    ///   - onPause: descriptors have run out.
    init(
        descriptor: Int32, name: String, loop: EventLoop, logger: Logger, reserve: DescriptorReserve = .none,
        onAccept: @escaping (Int32, SocketAddress) -> Void, onPause: @escaping () -> Void
    ) throws(LoopError) {
        self.descriptor = descriptor
        self.name = name
        self.loop = loop
        self.logger = logger
        self.reserve = reserve
        self.onAccept = onAccept
        self.onPause = onPause
        registration = try loop.registerLevelTriggered(descriptor, handler: self)
    }

    func ready(_ readiness: Readiness) { accept() }

    private func accept() {
        for _ in 0..<Self.batch {
            switch Socket.accept(descriptor) {
            case .accepted(let descriptor, let remote):
                guard !reserve.holds(descriptor) else {
                    waiting = (descriptor, remote)
                    return rest("file descriptors are running out; raise the limit of open files (ulimit -n)")
                }
                onAccept(descriptor, remote)
            case .wouldBlock: return recovered()
            case .retry: continue
            case .outOfDescriptors:
                return rest("out of file descriptors; raise the limit of open files (ulimit -n)")
            case .failed(let error):
                return rest(SystemError.words(error))
            }
        }
    }

    private func rest(_ reason: String) {
        guard let registration else { return }
        if !isStarved {
            isStarved = true
            onPause()
            logger.error("accepting paused; open sessions go on", metadata: ["listener": "\(name)", "reason": "\(reason)"])
        }
        loop.pause(registration)
        rest()
    }

    private func rest() { timer = loop.arm(at: loop.now + Self.rest, handler: self) }

    /// Nobody waits any more.
    private func recovered() {
        guard isStarved else { return }
        isStarved = false
        logger.notice("accepting resumed", metadata: ["listener": "\(name)"])
    }

    func timerFired(_ timer: TimerID) {
        self.timer = .none
        guard let registration else { return }
        if let (descriptor, remote) = waiting {
            guard let descriptor = reserve.release(descriptor) else { return rest() }
            waiting = nil
            onAccept(descriptor, remote)
        }
        loop.resume(registration)
        // If nobody waits, nothing else would say so.
        accept()
    }

    /// Accepts no more.
    func close() {
        guard let registration else { return }
        self.registration = nil
        if let (descriptor, _) = waiting { Socket.close(descriptor) }
        waiting = nil
        loop.cancel(timer)
        loop.close(registration)
    }
}
