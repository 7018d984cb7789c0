import Glibc
import Logging
import RoadsteadLoop

/// One loop's end of a listener: accepts in bounded batches, and pauses when descriptors run out. Loop-confined.
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
    private var registration: Registration?
    private var isStarved = false
    private var timer = TimerID.none

    /// - Parameters:
    ///   - onAccept: takes over the descriptor of an accepted connection.
    ///   - onPause: descriptors have run out.
    init(
        descriptor: Int32, name: String, loop: EventLoop, logger: Logger, onAccept: @escaping (Int32, SocketAddress) -> Void,
        onPause: @escaping () -> Void
    ) throws(LoopError) {
        self.descriptor = descriptor
        self.name = name
        self.loop = loop
        self.logger = logger
        self.onAccept = onAccept
        self.onPause = onPause
        registration = try loop.registerLevelTriggered(descriptor, handler: self)
    }

    func ready(_ readiness: Readiness) {
        for _ in 0..<Self.batch {
            switch Socket.accept(descriptor) {
            case .accepted(let descriptor, let remote):
                recovered()
                onAccept(descriptor, remote)
            case .wouldBlock: return
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
        timer = loop.arm(at: loop.now + Self.rest, handler: self)
    }

    private func recovered() {
        guard isStarved else { return }
        isStarved = false
        logger.notice("accepting resumed", metadata: ["listener": "\(name)"])
    }

    func timerFired(_ timer: TimerID) {
        self.timer = .none
        if let registration { loop.resume(registration) }
    }

    /// Accepts no more.
    func close() {
        guard let registration else { return }
        self.registration = nil
        loop.cancel(timer)
        loop.close(registration)
    }
}
