import RoadsteadMachines
import TestSupport
import Testing

@Suite("Upstream connections of random stories")
struct UpstreamModelTests {
    /// How stories ended.
    private struct Ends {
        var failed = 0, stale = 0, retired = 0, lost = 0, broken = 0, relayed = 0, dropped = 0, released = 0
        var least: Int { min(failed, stale, retired, lost, broken, relayed, dropped, released) }
    }

    @Test("end once, say nothing after it, and never spin")
    func keepsInvariants() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        var ends = Ends()
        for round in 0..<30_000 {
            if let problem = story(&ends, using: &generator) {
                Issue.record("seed \(seed), round \(round): \(problem)")
                return
            }
        }
        // The stories reach every kind of end.
        #expect(ends.least > 100, "seed \(seed): \(ends)")
    }

    private func story(_ counts: inout Ends, using generator: inout SeededGenerator) -> String? {
        let policy = UpstreamPolicy(
            connectTimeout: .seconds(3), idleTimeout: generator.pick([nil, .seconds(1), .seconds(60)]), closeTimeout: .seconds(5),
            heartbeat: HeartbeatPolicy(
                interval: generator.pick([nil, .seconds(2), .seconds(20)]), timeout: generator.pick([.seconds(1), .seconds(30)])))
        var machine = UpstreamMachine(at: start, policy: policy)
        var (now, ends, frames, isSettling) = (start, 0, 0, false)
        let openings: [UpstreamInput] = [.established, generator.pick([.requested, .requestedWarm]), .upgraded]
        let opened = Int.random(in: 0...3, using: &generator)
        for step in 0..<24 {
            now += generator.pick([.zero, .milliseconds(1), .milliseconds(90), .seconds(1), .seconds(10)])
            let input: UpstreamInput = step < opened ? openings[step] : generator.pick(Self.weighted)
            let (wasAttached, wasHeard, deadline, wasOver) = (machine.isAttached, machine.isHeard, machine.deadline, ends > 0)
            var action: UpstreamMachine.Action?
            if input == .sessionEnded {
                let mayClose = machine.sessionEnded(at: now)
                guard mayClose == (wasHeard || isSettling) else { return "a close frame \(mayClose ? "after the close" : "was not sent")" }
                if mayClose { frames += 1 } else if !wasOver { (ends, counts.released) = (ends + 1, counts.released + 1) }
            } else {
                action = input.apply(to: &machine, at: now)
            }
            let name = "\(input) at step \(step)"
            if wasOver, let action, action != .none { return "\(name): \(action) after the end" }
            switch action {
            case nil, .some(.none): break
            case .ping: guard wasAttached, machine.isAttached else { return "\(name): a ping while not attached" }
            case .farewell:
                guard wasHeard, !wasAttached, !machine.isHeard else { return "\(name): a farewell to who was not being left" }
                frames += 1
            case .fail, .stale, .retire:
                guard !wasHeard, frames == 0 else { return "\(name): \(String(describing: action)) of what was attached" }
                ends += 1
                if case .fail = action { counts.failed += 1 }
                if action == .stale { counts.stale += 1 }
                if action == .retire { counts.retired += 1 }
            case .lose, .relayClose:
                // One that is being left still has the last word, if it is the application's.
                let mayClose = if case .relayClose = action { wasHeard } else { wasAttached }
                guard mayClose else { return "\(name): \(String(describing: action)) of what was not attached" }
                ends += 1
                if case .lose = action { counts.lost += 1 } else { counts.relayed += 1 }
            case .breakOff:
                guard wasAttached || isSettling else { return "\(name): broken off what was not attached" }
                (ends, counts.broken) = (ends + 1, counts.broken + 1)
            case .drop:
                guard frames == 1 || wasHeard && !wasAttached else { return "\(name): dropped without a close frame" }
                (ends, counts.dropped) = (ends + 1, counts.dropped + 1)
            }
            isSettling = (isSettling || wasAttached && input == .violatedAfterMessage) && ends == 0 && frames == 0
            guard ends <= 1, frames <= 1 else { return "\(name): ended \(ends) times, with \(frames) close frames" }
            if ends == 1, machine.deadline != .never || machine.isHeard { return "\(name): goes on after its end" }
            if input == .timerFired, machine.deadline <= now { return "\(name): the timer would fire for ever" }
            if Self.quiet.contains(input), machine.deadline < deadline { return "\(name) brought the deadline forward" }
        }
        return nil
    }

    /// After these the driver does not look at the deadline.
    private static let quiet: Set<UpstreamInput> = [
        .tcpEstablished, .answerBegan, .bytesReceived, .queueDrained, .readingPaused, .pongReceived,
    ]
    /// What goes on is likelier than what ends.
    private static let weighted: [UpstreamInput] =
        UpstreamInput.allCases + Array(quiet) + [.readingResumed, .left, .timerFired, .timerFired, .timerFired, .timerFired]
}
