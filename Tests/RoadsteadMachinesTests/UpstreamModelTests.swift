import RoadsteadMachines
import Testing

@Suite("Upstream connections of random stories")
struct UpstreamModelTests {
    @Test("end once, say nothing after it, and never spin")
    func keepsInvariants() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        var counts = (failed: 0, lost: 0, relayed: 0, dropped: 0, released: 0)
        for round in 0..<20_000 {
            if let problem = story(&counts, using: &generator) {
                Issue.record("seed \(seed), round \(round): \(problem)")
                return
            }
        }
        // The stories reach every kind of end.
        #expect(
            min(counts.failed, counts.lost, counts.relayed, counts.dropped, counts.released) > 100, "seed \(seed): \(counts)")
    }

    private func story(
        _ counts: inout (failed: Int, lost: Int, relayed: Int, dropped: Int, released: Int), using generator: inout SeededGenerator
    ) -> String? {
        let heartbeat = HeartbeatPolicy(
            interval: generator.pick([nil, .seconds(2), .seconds(20)]), timeout: generator.pick([.seconds(1), .seconds(30)]))
        var machine = UpstreamMachine(at: start, connectTimeout: .seconds(3), closeTimeout: .seconds(5), heartbeat: heartbeat)
        var now = start
        var ends = 0
        var frames = 0
        for step in 0..<20 {
            now += generator.pick([.zero, .milliseconds(1), .seconds(1), .seconds(10)])
            let input: UpstreamInput = step == 0 && !generator.chance(4) ? .upgraded : generator.pick(Self.weighted)
            let (wasAttached, deadline, wasOver) = (machine.isAttached, machine.deadline, ends > 0)
            var action: UpstreamMachine.Action?
            if input == .sessionEnded {
                let mayClose = machine.sessionEnded(at: now)
                guard mayClose == wasAttached else { return "a close frame \(mayClose ? "after the close" : "was not sent")" }
                if mayClose { frames += 1 } else if !wasOver { (ends, counts.released) = (ends + 1, counts.released + 1) }
            } else {
                action = input.apply(to: &machine, at: now)
            }
            let name = "\(input) at step \(step)"
            switch action {
            case nil, .some(.none): break
            case .ping: guard wasAttached, machine.isAttached else { return "\(name): a ping while not attached" }
            case .fail: (ends, counts.failed) = (ends + 1, counts.failed + 1)
            case .lose, .relayClose:
                guard wasAttached else { return "\(name): \(String(describing: action)) of what was not attached" }
                ends += 1
                if case .lose = action { counts.lost += 1 } else { counts.relayed += 1 }
            case .drop:
                guard frames == 1 else { return "\(name): dropped without a close frame" }
                (ends, counts.dropped) = (ends + 1, counts.dropped + 1)
            }
            guard ends <= 1 else { return "\(name): ended twice" }
            guard !wasOver || action == nil || action == UpstreamMachine.Action.none else { return "\(name): an action after the end" }
            guard (ends == 1) == (machine.deadline == .never && !(machine.isAttached && heartbeat.interval == nil)) else {
                return "\(name): ended \(ends) times, and waits until \(machine.deadline)"
            }
            if input == .timerFired, machine.deadline <= now { return "\(name): the timer would fire for ever" }
            if Self.quiet.contains(input), machine.deadline < deadline { return "\(name) brought the deadline forward" }
        }
        return nil
    }

    /// After these the driver does not look at the deadline.
    private static let quiet: Set<UpstreamInput> = [.bytesReceived, .queueDrained, .readingPaused, .pongReceived]
    /// What goes on is likelier than what ends.
    private static let weighted: [UpstreamInput] =
        UpstreamInput.allCases + Array(quiet) + [.readingResumed, .timerFired, .timerFired, .timerFired, .timerFired]
}
