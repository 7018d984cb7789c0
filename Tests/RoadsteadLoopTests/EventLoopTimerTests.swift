import RoadsteadLoop
import Testing

/// Timers as handlers meet them on a loop.
@Suite(.timeLimit(.minutes(1)))
struct EventLoopTimerTests {
    @Test func `Timers fire in order, never early`() async throws {
        try await EventLoop.forTest { loop in
            let fired = Events<(delay: Int, isEarly: Bool)>()
            try await loop.run {
                let start = ContinuousClock.now
                for delay in [50, 10, 30, 0] {
                    let deadline = start + .milliseconds(delay)
                    _ = loop.arm(
                        at: deadline,
                        handler: ClosureTimer { _ in fired.record((delay, ContinuousClock.now < deadline || loop.now < deadline)) })
                }
                #expect(loop.statistics.timersArmed == 4)
            }
            let all = await fired.first(4)
            #expect(all.map(\.delay) == [0, 10, 30, 50])
            #expect(!all.contains { $0.isEarly })
            #expect(try await loop.run { loop.statistics.timersArmed } == 0)
        }
    }

    @Test func `A handler cancels another timer that is due in the same iteration`() async throws {
        try await EventLoop.forTest { loop in
            let fired = Events<String>()
            try await loop.run {
                let deadline = ContinuousClock.now
                let others = Events<TimerID>()
                _ = loop.arm(
                    at: deadline,
                    handler: ClosureTimer { timer in
                        fired.record("first")
                        for other in others.all { loop.cancel(other) }
                        loop.cancel(timer)
                    })
                for _ in 0..<3 { others.record(loop.arm(at: deadline, handler: ClosureTimer { _ in fired.record("other") })) }
                _ = loop.arm(at: deadline, handler: ClosureTimer { _ in fired.record("last") })
            }
            #expect(await fired.first(2) == ["first", "last"])
            try await loop.settle()
            #expect(fired.all == ["first", "last"])
        }
    }

    @Test func `A timer that arms itself for now fires once an iteration and starves nobody`() async throws {
        try await EventLoop.forTest { loop in
            let wakeUps = Events<UInt64>()
            try await loop.run {
                final class Repeating: TimerHandler {
                    let loop: EventLoop
                    let wakeUps: Events<UInt64>
                    init(loop: EventLoop, wakeUps: Events<UInt64>) {
                        self.loop = loop
                        self.wakeUps = wakeUps
                    }
                    func timerFired(_ timer: TimerID) {
                        wakeUps.record(loop.statistics.wakeUps)
                        if wakeUps.all.count < 5 { _ = loop.arm(at: loop.now, handler: self) }
                    }
                }
                _ = loop.arm(at: loop.now, handler: Repeating(loop: loop, wakeUps: wakeUps))
            }
            let seen = await wakeUps.first(5)
            #expect(Set(seen).count == 5)
        }
    }

    @Test func `A cancelled timer's handler is released at once, a fired one's after the call`() async throws {
        try await EventLoop.forTest { loop in
            final class Released: TimerHandler {
                let log: Events<String>
                let name: String
                init(_ name: String, _ log: Events<String>) {
                    self.name = name
                    self.log = log
                }
                deinit { log.record("\(name) released") }
                func timerFired(_ timer: TimerID) { log.record("\(name) fired") }
            }
            let log = Events<String>()
            try await loop.run {
                let cancelled = loop.arm(at: .now + .seconds(3600), handler: Released("a", log))
                loop.cancel(cancelled)
                loop.cancel(cancelled)
                loop.cancel(.none)
                #expect(log.all == ["a released"])
                _ = loop.arm(at: .now, handler: Released("b", log))
            }
            #expect(await log.first(3) == ["a released", "b fired", "b released"])
        }
    }
}
