import RoadsteadConfig
import RoadsteadLoop
import RoadsteadMachines

/// Closes a shard's sessions one after the other, so that their clients do not all come back at the same moment.
final class DrainDriver: TimerHandler {
    private let shard: ShardCore
    private let pace: DrainConfiguration
    private let startedAt: Instant
    private var waiting: [SessionID]
    private let total: Int
    private var whenGone: (() -> Void)?
    private var timer = TimerID.none

    init(shard: ShardCore, pace: DrainConfiguration, whenGone: @escaping () -> Void) {
        self.shard = shard
        self.pace = pace
        self.whenGone = whenGone
        startedAt = shard.context.loop.now
        waiting = shard.sessions.keys.shuffled()
        total = waiting.count
    }

    func start() { step() }

    func timerFired(_ timer: TimerID) { step() }

    private func step() {
        let elapsed = startedAt.duration(to: shard.context.loop.now)
        guard elapsed < pace.period else { return abandonAll() }
        let due = DrainPace.due(of: total, after: elapsed, spread: pace.spread)
        while total - waiting.count < due, let id = waiting.popLast() {
            guard let session = shard.sessions[id] else { continue }
            session.perform(
                session.machine.close(code: 1001, reason: "going away", cause: .drain, by: .gateway, at: shard.context.loop.now))
        }
        guard whenGone != nil else { return }
        guard !shard.sessions.isEmpty || isParting else { return finish() }
        timer = shard.context.loop.arm(at: shard.context.loop.now + .milliseconds(20), handler: self)
    }

    private func abandonAll() {
        for session in Array(shard.sessions.values) {
            session.perform(session.machine.abandoned(cause: .drain, reason: "drain period is over"))
        }
        finish()
    }

    /// No session is left. What clients said last may still be on its way to slow backends: until these have answered, or the period is over.
    func emptied() {
        if !isParting { finish() }
    }

    private var isParting: Bool { shard.pools.contains(where: \.isParting) }

    private func finish() {
        shard.context.loop.cancel(timer)
        whenGone?()
        whenGone = nil
    }
}
