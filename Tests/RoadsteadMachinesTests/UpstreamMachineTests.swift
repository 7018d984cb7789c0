import RoadsteadMachines
import Testing

/// An input to an upstream connection in some phase, and what must come of it.
struct UpstreamRow: Sendable, CustomTestStringConvertible {
    let phase: UpstreamPhase
    let input: UpstreamInput
    let action: UpstreamMachine.Action?
    let next: UpstreamPhase

    init(_ phase: UpstreamPhase, _ input: UpstreamInput, _ action: UpstreamMachine.Action?, _ next: UpstreamPhase) {
        self.phase = phase
        self.input = input
        self.action = action
        self.next = next
    }

    var testDescription: String { "\(phase): \(input)" }
}

@Suite("An upstream connection")
struct UpstreamMachineTests {
    static let rows: [UpstreamRow] = [
        UpstreamRow(.attempting, .upgraded, nil, .attached),
        UpstreamRow(.attempting, .attemptFailed, .fail(.declined(status: 500)), .closed),
        UpstreamRow(.attempting, .ended, .fail(.unreachable("reset by peer")), .closed),
        UpstreamRow(.attempting, .sessionEnded, nil, .closed),
        UpstreamRow(.attached, .closed, .relayClose(code: 4001, reason: "bye"), .closed),
        UpstreamRow(.attached, .closedWithoutCode, .relayClose(code: nil, reason: ""), .closed),
        UpstreamRow(.attached, .goingAway, .lose("close 1001 from the upstream"), .closed),
        UpstreamRow(.attached, .restarting, .lose("close 1012 from the upstream"), .closed),
        UpstreamRow(.attached, .tryAgainLater, .lose("close 1013 from the upstream"), .closed),
        UpstreamRow(.attached, .ended, .lose("reset by peer"), .closed),
        UpstreamRow(.attached, .sessionEnded, nil, .closing),
        UpstreamRow(.closing, .closed, .drop, .closed),
        UpstreamRow(.closing, .closedWithoutCode, .drop, .closed),
        UpstreamRow(.closing, .goingAway, .drop, .closed),
        UpstreamRow(.closing, .restarting, .drop, .closed),
        UpstreamRow(.closing, .tryAgainLater, .drop, .closed),
        UpstreamRow(.closing, .ended, .drop, .closed),
        UpstreamRow(.closing, .sessionEnded, nil, .closed),
    ]

    @Test("answers each input in each phase", arguments: rows)
    func answers(_ row: UpstreamRow) {
        var machine = row.phase.upstream()
        #expect(machine.isAttached == (row.phase == .attached))
        #expect(machine.deadline == row.phase.deadline)
        #expect(row.input.apply(to: &machine, at: start) == row.action)
        #expect(machine.isAttached == (row.next == .attached))
        #expect(machine.deadline == row.next.deadline)
    }

    @Test("takes every other input in every phase for nothing", arguments: UpstreamPhase.allCases)
    func ignores(_ phase: UpstreamPhase) {
        let meant = Set(Self.rows.filter { $0.phase == phase }.map(\.input))
        for input in UpstreamInput.allCases where !meant.contains(input) {
            var machine = phase.upstream()
            let action = input.apply(to: &machine, at: start)
            #expect(action == nil || action == UpstreamMachine.Action.none, "\(input)")
            #expect(machine.isAttached == (phase == .attached), "\(input)")
            #expect(machine.deadline == phase.deadline, "\(input)")
        }
    }

    static let relayed: [UInt16?] = [nil, 1000, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1014, 3000, 4000, 4999]

    @Test("relays every close but those that mean come back elsewhere", arguments: relayed)
    func relays(_ code: UInt16?) {
        var machine = UpstreamPhase.attached.upstream()
        #expect(machine.closeReceived(code: code, reason: "so") == .relayClose(code: code, reason: "so"))
        #expect(machine.closeReceived(code: code, reason: "so") == .none)
        #expect(machine.ended("end of stream") == .none)
    }

    @Test(
        "sends one close frame at most",
        arguments: [
            (UpstreamPhase.attempting, [false, false]), (.attached, [true, false]), (.closing, [false, false]), (.closed, [false, false]),
        ])
    func closesOnce(_ phase: UpstreamPhase, _ answers: [Bool]) {
        var machine = phase.upstream()
        for answer in answers { #expect(machine.sessionEnded(at: at(.seconds(1))) == answer) }
    }

    @Test("fails, beats or is dropped at its deadline and not a moment before", arguments: UpstreamPhase.allCases)
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
            case .attempting: .fail(.tooSlow)
            case .attached: .ping(9)
            case .closing: .drop
            case .closed: .none
            }
        #expect(machine.timerFired(at: phase.deadline, payload: 9) == expected)
        #expect(machine.deadline > phase.deadline)
        #expect(machine.isAttached == (phase == .attached))
    }

    @Test("that is upgraded late, before its timer fired, is attached all the same")
    func attachesLate() {
        var machine = UpstreamPhase.attempting.upstream()
        machine.upgraded(at: at(.seconds(4)), phase: 0.5)
        #expect(machine.isAttached)
        #expect(machine.timerFired(at: at(.seconds(4)), payload: 1) == .none)
        #expect(machine.deadline == at(.seconds(19)))
    }

    @Test("is lost when its pings are not answered")
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
        #expect(machine.timerFired(at: at(.seconds(102)), payload: 5) == .lose("no byte within the upstream's heartbeat timeout"))
        #expect(!machine.isAttached)
        #expect(machine.deadline == .never)
    }

    @Test("is never pinged without an interval")
    func neverPings() {
        var machine = UpstreamPhase.attached.upstream(HeartbeatPolicy(interval: nil, timeout: .seconds(10)))
        #expect(machine.deadline == .never)
        #expect(machine.timerFired(at: at(.seconds(86_400 * 365)), payload: 1) == .none)
        #expect(machine.isAttached)
    }

    @Test("that goes on sending after the session is over is dropped in time")
    func dropsTheTalkative() {
        var machine = UpstreamPhase.closing.upstream()
        for second in 1...4 {
            machine.bytesReceived(at: at(.seconds(second)))
            #expect(machine.deadline == at(.seconds(5)))
        }
        #expect(machine.timerFired(at: at(.seconds(5)), payload: 1) == .drop)
    }

    @Test("that still takes what was queued has the whole time after the last of it")
    func waitsForTheSlow() {
        var machine = UpstreamPhase.closing.upstream()
        machine.queueDrained(at: at(.seconds(4)))
        #expect(machine.timerFired(at: at(.seconds(5)), payload: 1) == .none)
        #expect(machine.timerFired(at: at(.seconds(9)), payload: 1) == .drop)
    }
}
