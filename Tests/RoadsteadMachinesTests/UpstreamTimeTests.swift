import RoadsteadMachines
import Testing

@Suite("An upstream connection's time")
struct UpstreamTimeTests {
    @Test("runs out at the deadline and not a moment before", arguments: UpstreamPhase.allCases)
    func runsOut(_ phase: UpstreamPhase) {
        var machine = phase.upstream()
        guard phase != .closed else {
            #expect(machine.timerFired(at: at(.seconds(86_400 * 365)), payload: 1) == .none)
            return
        }
        #expect(machine.timerFired(at: phase.deadline - moment, payload: 9) == .none)
        #expect(machine.deadline == phase.deadline)
        let expected: UpstreamMachine.Action =
            switch phase {
            case .connecting: .fail(.tooSlow, .l4Timeout)
            case .securing: .fail(.tooSlow, .tlsTimeout)
            case .ready: .retire
            case .upgrading, .upgradingWarm: .fail(.tooSlow, .httpTimeout)
            case .attached: .ping(9)
            case .settling: .breakOff(code: 1002, reason: "reserved bits")
            case .leaving: .farewell
            case .parting, .closing: .drop
            case .closed: .none
            }
        #expect(machine.timerFired(at: phase.deadline, payload: 9) == expected)
        #expect(machine.deadline > phase.deadline)
        #expect(machine.isAttached == phase.isAttached)
    }

    @Test("has the connect timeout once for TCP and TLS, and again for the upgrade")
    func connectsTwice() {
        var machine = UpstreamPhase.connecting.upstream()
        machine.tcpEstablished()
        #expect(machine.deadline == at(.seconds(3)))
        machine.established(at: at(.seconds(2)), phase: 0)
        machine.requested(at: at(.seconds(2)), wasWarm: false)
        #expect(machine.deadline == at(.seconds(5)))
        machine.answerBegan()
        #expect(machine.deadline == at(.seconds(5)))
    }

    @Test("of a warm connection is without end where nothing is said")
    func waitsForEver() {
        var policy = UpstreamPolicy.defaults
        policy.idleTimeout = nil
        var machine = UpstreamPhase.ready.upstream(policy)
        #expect(machine.deadline == .never)
        #expect(machine.timerFired(at: at(.seconds(86_400 * 365)), payload: 1) == .none)
    }

    @Test("does not undo an upgrade that came late, before the timer")
    func attachesLate() {
        var machine = UpstreamPhase.upgrading.upstream()
        machine.upgraded(at: at(.seconds(4)), phase: 0.5)
        #expect(machine.isAttached)
        #expect(machine.timerFired(at: at(.seconds(4)), payload: 1) == .none)
        #expect(machine.deadline == at(.seconds(19)))
    }

    @Test("ends when pings are not answered")
    func losesTheSilent() {
        var machine = UpstreamPhase.attached.upstream()
        #expect(machine.timerFired(at: at(.seconds(20)), payload: 1) == .ping(1))
        machine.pongReceived(payload: 1, at: at(.seconds(21)))
        #expect(machine.timerFired(at: at(.seconds(41)), payload: 2) == .ping(2))
        machine.queueDrained(at: at(.seconds(42)))
        #expect(machine.timerFired(at: at(.seconds(51)), payload: 3) == .none)
        #expect(machine.timerFired(at: at(.seconds(62)), payload: 3) == .ping(3))
        machine.readingPaused()
        #expect(machine.timerFired(at: at(.seconds(82)), payload: 4) == .none)
        #expect(machine.deadline == at(.seconds(102)))
        machine.readingResumed(at: at(.seconds(90)))
        machine.bytesReceived(at: at(.seconds(91)))
        #expect(machine.timerFired(at: at(.seconds(92)), payload: 4) == .ping(4))
        #expect(
            machine.timerFired(at: at(.seconds(102)), payload: 5) == .lose("no byte within the upstream's heartbeat timeout", code: nil))
        #expect(!machine.isAttached)
        #expect(machine.deadline == .never)
    }

    @Test("has no pings without an interval")
    func neverPings() {
        var policy = UpstreamPolicy.defaults
        policy.heartbeat.interval = nil
        var machine = UpstreamPhase.attached.upstream(policy)
        #expect(machine.deadline == .never)
        #expect(machine.timerFired(at: at(.seconds(86_400 * 365)), payload: 1) == .none)
        #expect(machine.isAttached)
    }

    // MARK: - Leaving

    @Test("to leave is over when the backend was silent for a while")
    func leavesTheQuiet() {
        var machine = UpstreamPhase.leaving.upstream()
        machine.bytesReceived(at: at(.milliseconds(150)))
        #expect(machine.timerFired(at: at(.milliseconds(200)), payload: 1) == .none)
        #expect(machine.deadline == at(.milliseconds(350)))
        #expect(machine.timerFired(at: at(.milliseconds(350)), payload: 1) == .farewell)
        #expect(!machine.isHeard && machine.deadline == at(.milliseconds(850)))
        #expect(machine.sessionEnded(at: at(.milliseconds(400))) == false)
    }

    @Test("to leave is bounded, however much the backend says")
    func leavesTheTalkative() {
        var machine = UpstreamPhase.leaving.upstream()
        for tenth in 1..<50 {
            #expect(machine.timerFired(at: at(.milliseconds(tenth * 100)), payload: 1) == .none)
            machine.bytesReceived(at: at(.milliseconds(tenth * 100)))
        }
        #expect(machine.deadline == at(.seconds(5)))
        #expect(machine.timerFired(at: at(.seconds(5)), payload: 1) == .farewell)
    }

    @Test("to leave does not pass while the client's backlog keeps us from reading: what is unread would be lost")
    func leavesNotTheUnread() {
        var machine = UpstreamPhase.leaving.upstream()
        machine.readingPaused()
        #expect(machine.timerFired(at: at(.seconds(4)), payload: 1) == .none)
        machine.readingResumed(at: at(.seconds(4)))
        #expect(machine.isHeard && machine.deadline == at(.milliseconds(4200)))
        machine.bytesReceived(at: at(.milliseconds(4100)))
        #expect(machine.timerFired(at: at(.milliseconds(4300)), payload: 1) == .farewell)
    }

    @Test("to leave does not pass either for a backend that was not read when it was left")
    func leavesNotTheUnreadBefore() {
        var machine = UpstreamPhase.attached.upstream()
        machine.readingPaused()
        machine.left(at: start)
        #expect(machine.timerFired(at: at(.seconds(4)), payload: 1) == .none)
        machine.readingResumed(at: at(.seconds(4)))
        #expect(machine.deadline == at(.milliseconds(4200)))
    }

    @Test("to leave counts only while it passes in reading")
    func leavesTheTalkativeAtLast() {
        var machine = UpstreamPhase.leaving.upstream()
        for round in 0..<50 {
            // A tenth of a second of reading, and ten seconds of a client that takes nothing.
            let begun = at(.milliseconds(round * 10_100))
            #expect(machine.isHeard)
            machine.bytesReceived(at: begun + .milliseconds(100))
            machine.readingPaused()
            machine.readingResumed(at: begun + .milliseconds(10_100))
        }
        #expect(machine.timerFired(at: at(.milliseconds(505_000)), payload: 1) == .farewell)
    }

    @Test("to leave goes on while the backend is within a message that the client is getting, up to five seconds of silence")
    func leavesNotWithinAMessage() {
        var machine = UpstreamPhase.leaving.upstream()
        for round in 1...100 {
            machine.bytesReceived(at: at(.seconds(round)))
            #expect(machine.timerFired(at: at(.milliseconds(round * 1000 + 300)), isMidMessage: true, payload: 1) == .none)
            #expect(machine.isHeard && machine.deadline == at(.milliseconds(round * 1000 + 500)))
        }
        var ended = machine
        #expect(ended.timerFired(at: at(.milliseconds(100_500)), isMidMessage: false, payload: 1) == .farewell)
        #expect(machine.timerFired(at: at(.seconds(105) - moment), isMidMessage: true, payload: 1) == .none)
        #expect(machine.timerFired(at: at(.milliseconds(105_200)), isMidMessage: true, payload: 1) == .farewell)
    }

    @Test("to part lets a message that is under way come to its end, for five seconds, and time in which it is not read does not count")
    func partsNotWithinAMessage() {
        var machine = UpstreamPhase.parting.upstream()
        #expect(machine.timerFired(at: at(.milliseconds(700)), isMidMessage: true, payload: 1) == .none)
        #expect(machine.deadline == at(.milliseconds(900)))
        var ended = machine
        #expect(ended.timerFired(at: at(.milliseconds(900)), isMidMessage: false, payload: 1) == .drop)
        machine.readingPaused()
        #expect(machine.deadline == .never)
        machine.readingResumed(at: at(.seconds(100)))
        #expect(machine.deadline == at(.milliseconds(100_500)))
        #expect(machine.timerFired(at: at(.seconds(104)), isMidMessage: true, payload: 1) == .none)
        #expect(machine.timerFired(at: at(.seconds(105)), isMidMessage: true, payload: 1) == .drop)
    }

    // MARK: - Settling

    private static let told = UpstreamMachine.Action.breakOff(code: 1002, reason: "reserved bits")

    @Test("to settle is over when the client was silent for a while")
    func settlesWithTheQuiet() {
        var machine = UpstreamPhase.settling.upstream()
        #expect(machine.timerFired(at: at(.milliseconds(200)), lastActive: at(.milliseconds(150)), payload: 1) == .none)
        #expect(machine.deadline == at(.milliseconds(350)))
        #expect(machine.timerFired(at: at(.milliseconds(350)), lastActive: at(.milliseconds(150)), payload: 1) == Self.told)
        #expect(machine.deadline == .never)
    }

    @Test("to settle is bounded, however much the client says, and what the backend says does not count")
    func settlesWithTheTalkative() {
        var machine = UpstreamPhase.settling.upstream()
        for tenth in 1..<20 {
            let now = at(.milliseconds(tenth * 100))
            machine.bytesReceived(at: now)
            #expect(machine.timerFired(at: now, lastActive: now, payload: 1) == .none)
        }
        #expect(machine.deadline == at(.seconds(2)))
        #expect(machine.timerFired(at: at(.seconds(2)), lastActive: at(.seconds(2)), payload: 1) == Self.told)
    }

    // MARK: - Closing

    @Test("to close is not renewed by what the backend still says")
    func dropsTheTalkative() {
        var machine = UpstreamPhase.closing.upstream()
        for second in 1...4 {
            machine.bytesReceived(at: at(.seconds(second)))
            #expect(machine.deadline == at(.seconds(5)))
        }
        #expect(machine.timerFired(at: at(.seconds(5)), payload: 1) == .drop)
    }

    @Test("to close begins again with what the backend still takes of what was queued")
    func waitsForTheSlow() {
        var machine = UpstreamPhase.closing.upstream()
        machine.queueDrained(at: at(.seconds(4)))
        #expect(machine.timerFired(at: at(.seconds(5)), payload: 1) == .none)
        #expect(machine.timerFired(at: at(.seconds(9)), payload: 1) == .drop)
    }
}
