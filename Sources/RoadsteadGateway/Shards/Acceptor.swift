import Glibc
import Logging
import RoadsteadLoop
import RoadsteadMetrics

/// One loop's end of a listener: accepts in bounded batches, and pauses when descriptors run out. Loop-confined.
final class Acceptor: EventHandler, TimerHandler {
    /// Connections of one wake-up, so that a storm does not starve open sessions.
    static let batch = 64
    /// How long accepting rests when the process or the system is out of descriptors.
    static let rest: Duration = .milliseconds(200)

    private let shard: ShardCore
    private let runtime: ListenerRuntime
    private let descriptor: Int32
    private var registration: Registration?
    private var isStarved = false
    private var timer = TimerID.none

    init(descriptor: Int32, runtime: ListenerRuntime, shard: ShardCore) throws(LoopError) {
        self.shard = shard
        self.runtime = runtime
        self.descriptor = descriptor
        registration = try shard.context.loop.registerLevelTriggered(descriptor, handler: self)
    }

    func ready(_ readiness: Readiness) {
        for _ in 0..<Self.batch {
            switch Socket.accept(descriptor) {
            case .accepted(let descriptor, let remote):
                recovered()
                shard.accepted(descriptor, from: remote, on: runtime)
            case .wouldBlock: return
            case .retry: continue
            case .outOfDescriptors: return starved()
            case .failed(let error):
                shard.logger.error("accepting failed", metadata: listener("error", SystemError.words(error)))
                return starved()
            }
        }
    }

    private func starved() {
        guard let registration else { return }
        if !isStarved {
            isStarved = true
            shard.metrics.add(1, to: shard.cells.acceptPauses)
            shard.logger.error(
                "accepting paused: out of file descriptors; open sessions go on",
                metadata: listener("hint", "raise the limit of open files (ulimit -n)"))
        }
        shard.context.loop.pause(registration)
        timer = shard.context.loop.arm(at: shard.context.loop.now + Self.rest, handler: self)
    }

    private func recovered() {
        guard isStarved else { return }
        isStarved = false
        shard.logger.notice("accepting resumed", metadata: ["listener": "\(runtime.configuration.name)"])
    }

    func timerFired(_ timer: TimerID) {
        self.timer = .none
        if let registration { shard.context.loop.resume(registration) }
    }

    private func listener(_ key: String, _ words: String) -> Logger.Metadata {
        ["listener": "\(runtime.configuration.name)", key: "\(words)"]
    }

    /// Accepts no more.
    func close() {
        guard let registration else { return }
        self.registration = nil
        shard.context.loop.cancel(timer)
        shard.context.loop.close(registration)
    }
}
