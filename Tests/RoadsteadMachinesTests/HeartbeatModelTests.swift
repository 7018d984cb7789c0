import RoadsteadMachines
import TestSupport
import Testing

@Suite("Heartbeats of random stories")
struct HeartbeatModelTests {
    private static func policy(using generator: inout SeededGenerator) -> HeartbeatPolicy {
        HeartbeatPolicy(
            interval: .milliseconds(Int.random(in: 1000...30_000, using: &generator)),
            timeout: .milliseconds(Int.random(in: 500...60_000, using: &generator)))
    }

    @Test("never spin, and only resumed reading brings their deadline forward")
    func keepsInvariants() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for round in 0..<10_000 {
            let policy = Self.policy(using: &generator)
            var machine = HeartbeatMachine(openedAt: start, phase: .random(in: 0..<1, using: &generator), policy: policy)
            var now = start
            var pings: UInt64 = 0
            for step in 0..<30 {
                now += .milliseconds(generator.pick([0, 1, 500, Int.random(in: 0...40_000, using: &generator)]))
                let deadline = machine.deadline(policy)
                let choice = Int.random(in: 0..<8, using: &generator)
                switch choice {
                case 0: machine.bytesReceived(at: now)
                case 1: machine.queueDrained(at: now)
                case 2: machine.readingPaused()
                case 3: machine.readingResumed(at: now)
                case 4: _ = machine.pongReceived(payload: generator.chance(2) ? pings : nil, at: now)
                case _:
                    if case .ping = machine.timerFired(at: now, payload: pings + 1, policy: policy) { pings += 1 }
                    guard machine.deadline(policy) > now else {
                        Issue.record("seed \(seed), round \(round), step \(step): the timer would fire for ever")
                        return
                    }
                }
                guard choice == 3 || machine.deadline(policy) >= deadline else {
                    Issue.record("seed \(seed), round \(round), step \(step): input \(choice) brought the deadline forward")
                    return
                }
            }
        }
    }

    @Test("find the dead within interval and timeout of the last byte, and never the living")
    func findsTheDead() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for round in 0..<3_000 {
            let policy = Self.policy(using: &generator)
            guard let interval = policy.interval else { continue }
            var machine = HeartbeatMachine(openedAt: start, phase: .random(in: 0..<1, using: &generator), policy: policy)
            // A peer that sends at random moments and answers each ping in less than the timeout, until it falls silent.
            let end = at(.seconds(Int.random(in: 0...300, using: &generator)))
            var bytes = (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                at(.milliseconds(Int.random(in: 0...300_000, using: &generator)))
            }
            bytes = bytes.filter { $0 <= end }
            var timer = machine.deadline(policy)
            var lastByte = start
            var death: Instant?
            while death == nil {
                if let next = bytes.min(), next <= timer {
                    bytes.remove(at: bytes.firstIndex(of: next) ?? 0)
                    machine.bytesReceived(at: next)
                    lastByte = next
                    continue
                }
                let now = timer
                switch machine.timerFired(at: now, payload: 1, policy: policy) {
                case .wait: break
                case .ping:
                    let answer = now + policy.timeout * Double.random(in: 0.01..<0.99, using: &generator)
                    if answer <= end { bytes.append(answer) }
                case .dead: death = now
                }
                timer = machine.deadline(policy)
            }
            guard let death, death > end - policy.timeout, death <= lastByte + interval + policy.timeout, death >= lastByte + policy.timeout
            else {
                Issue.record("seed \(seed), round \(round): dead at \(String(describing: death)), silent since \(lastByte)")
                return
            }
        }
    }

    @Test("measure the busiest peer at least once every two intervals")
    func measuresTheBusy() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let policy = HeartbeatPolicy(interval: .seconds(20), timeout: .seconds(10))
        for _ in 0..<200 {
            var machine = HeartbeatMachine(openedAt: start, phase: .random(in: 0..<1, using: &generator), policy: policy)
            var timer = machine.deadline(policy)
            var pong: Instant?
            var measured = start
            for tick in stride(from: 0, to: 200_000, by: 50) {
                let now = at(.milliseconds(tick))
                machine.bytesReceived(at: now)
                if let answer = pong, answer <= now {
                    pong = nil
                    if machine.pongReceived(payload: 1, at: now) != nil {
                        #expect(measured.duration(to: now) <= .seconds(40), "seed \(seed)")
                        measured = now
                    }
                }
                if timer <= now {
                    if case .ping = machine.timerFired(at: now, payload: 1, policy: policy) {
                        pong = now + .milliseconds(Int.random(in: 1...9_000, using: &generator))
                    }
                    timer = machine.deadline(policy)
                }
            }
            #expect(measured > at(.seconds(160)), "seed \(seed)")
        }
    }
}
