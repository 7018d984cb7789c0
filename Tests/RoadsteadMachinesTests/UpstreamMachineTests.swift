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
    @Test("answers each input in each phase", arguments: rows)
    func answers(_ row: UpstreamRow) {
        var machine = row.phase.upstream()
        #expect(machine.isAttached == row.phase.isAttached && machine.isHeard == row.phase.isHeard)
        #expect(machine.deadline == row.phase.deadline)
        #expect(row.input.apply(to: &machine, at: start) == row.action)
        #expect(machine.isAttached == row.next.isAttached && machine.isHeard == row.next.isHeard)
        #expect(machine.deadline == row.next.deadline)
    }

    @Test("takes every other input in every phase for nothing", arguments: UpstreamPhase.allCases)
    func ignores(_ phase: UpstreamPhase) {
        let unread: Set<UpstreamPhase> = [.leaving, .parting]
        let meant = Set(Self.rows.filter { $0.phase == phase }.map(\.input))
        for input in UpstreamInput.allCases where !meant.contains(input) {
            var machine = phase.upstream()
            let action = input.apply(to: &machine, at: start)
            #expect(action == nil || action == UpstreamMachine.Action.none, "\(input)")
            #expect(machine.isAttached == phase.isAttached && machine.isHeard == phase.isHeard, "\(input)")
            // A backend that is being left, and whose messages nobody may read now, cannot have fallen silent.
            #expect(machine.deadline == phase.deadline || (unread.contains(phase) && input == .readingPaused), "\(input)")
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

    @Test("says of every status what it means for the endpoint", arguments: [100, 200, 301, 400, 403, 426, 429, 499, 500, 503, 599])
    func judges(_ status: Int) {
        var machine = UpstreamPhase.upgrading.upstream()
        let result: CheckResult? = status < 500 ? nil : .httpStatus
        #expect(machine.declined(status: status, explanation: "") == .fail(.declined(status: status), result))
    }

    @Test("says of every failure of the transport what it is", arguments: CheckResult.allCases)
    func fails(_ result: CheckResult) {
        for phase in [UpstreamPhase.connecting, .securing, .upgrading] {
            var machine = phase.upstream()
            #expect(machine.attemptFailed(result, "so") == .fail(.unreachable("so"), result))
        }
    }

    @Test("that was warm and is ended before it answered anything blames nobody; once it has answered it is to blame")
    func isStale() {
        var silent = UpstreamPhase.upgradingWarm.upstream()
        #expect(silent.ended("reset by peer") == .stale)
        #expect(silent.deadline == .never)
        var answering = UpstreamPhase.upgradingWarm.upstream()
        answering.answerBegan()
        #expect(answering.ended("reset by peer") == .fail(.dropped("reset by peer"), .httpInvalid))
    }

    @Test(
        "sends one close frame at most",
        arguments: UpstreamPhase.allCases.map { ($0, $0.isHeard || $0 == .settling ? [true, false] : [false, false]) })
    func closesOnce(_ phase: UpstreamPhase, _ answers: [Bool]) {
        var machine = phase.upstream()
        for answer in answers { #expect(machine.sessionEnded(at: at(.seconds(1))) == answer) }
    }

    static let rows: [UpstreamRow] = openingRows + endingRows

    private static let openingRows: [UpstreamRow] =
        [
            UpstreamRow(.connecting, .tcpEstablished, nil, .securing),
            UpstreamRow(.connecting, .established, nil, .ready),
            UpstreamRow(.connecting, .couldNotBegin, .fail(.noCapacity, nil), .closed),
            UpstreamRow(.connecting, .attemptFailed, .fail(.unreachable("certificate has expired"), .tlsFailed), .closed),
            UpstreamRow(.connecting, .ended, .fail(.unreachable("reset by peer"), .l4Failed), .closed),
            UpstreamRow(.connecting, .refused, .fail(.unreachable("connection refused"), .l4Refused), .closed),
            UpstreamRow(.connecting, .sessionEnded, nil, .closed),
            UpstreamRow(.securing, .established, nil, .ready),
            UpstreamRow(.securing, .couldNotBegin, .fail(.noCapacity, nil), .closed),
            UpstreamRow(.securing, .attemptFailed, .fail(.unreachable("certificate has expired"), .tlsFailed), .closed),
            UpstreamRow(.securing, .ended, .fail(.unreachable("reset by peer"), .l4Failed), .closed),
            UpstreamRow(.securing, .refused, .fail(.unreachable("connection refused"), .l4Refused), .closed),
            UpstreamRow(.securing, .sessionEnded, nil, .closed),
            UpstreamRow(.ready, .requested, nil, .upgrading),
            UpstreamRow(.ready, .requestedWarm, nil, .upgradingWarm),
            UpstreamRow(.ready, .attemptFailed, .retire, .closed),
            UpstreamRow(.ready, .ended, .retire, .closed),
            UpstreamRow(.ready, .refused, .retire, .closed),
            UpstreamRow(.ready, .sessionEnded, nil, .closed),
        ]
        + [UpstreamPhase.upgrading, .upgradingWarm].flatMap { phase in
            [
                UpstreamRow(phase, .upgraded, nil, .attached),
                UpstreamRow(phase, .declined, .fail(.declined(status: 503), .httpStatus), .closed),
                UpstreamRow(phase, .declinedByApplication, .fail(.declined(status: 403), nil), .closed),
                UpstreamRow(phase, .malformed, .fail(.invalid("not HTTP"), .httpInvalid), .closed),
                UpstreamRow(phase, .unsuitable, .fail(.unreachable("another subprotocol"), nil), .closed),
                UpstreamRow(phase, .attemptFailed, .fail(.unreachable("certificate has expired"), .tlsFailed), .closed),
                UpstreamRow(phase, .sessionEnded, nil, .closed),
            ]
        } + [
            UpstreamRow(.upgrading, .ended, .fail(.dropped("reset by peer"), .httpInvalid), .closed),
            UpstreamRow(.upgrading, .refused, .fail(.dropped("connection refused"), .httpInvalid), .closed),
            UpstreamRow(.upgradingWarm, .answerBegan, nil, .upgrading),
            UpstreamRow(.upgradingWarm, .ended, .stale, .closed),
            UpstreamRow(.upgradingWarm, .refused, .stale, .closed),
        ]

    private static let endingRows: [UpstreamRow] =
        [
            UpstreamRow(.attached, .closed, .relayClose(code: 4001, reason: "bye"), .closed),
            UpstreamRow(.attached, .closedWithoutCode, .relayClose(code: nil, reason: ""), .closed),
            UpstreamRow(.attached, .goingAway, .lose("close 1001 from the upstream", code: 1001), .closed),
            UpstreamRow(.attached, .restarting, .lose("close 1012 from the upstream", code: 1012), .closed),
            UpstreamRow(.attached, .tryAgainLater, .lose("close 1013 from the upstream", code: 1013), .closed),
            UpstreamRow(.attached, .ended, .lose("reset by peer", code: nil), .closed),
            UpstreamRow(.attached, .refused, .lose("connection refused", code: nil), .closed),
            UpstreamRow(.attached, .violated, .breakOff(code: 1002, reason: "reserved bits"), .closed),
            UpstreamRow(.attached, .violatedAfterMessage, UpstreamMachine.Action.none, .settling),
            UpstreamRow(.attached, .left, nil, .leaving),
            UpstreamRow(.attached, .sessionEnded, nil, .closing),
            UpstreamRow(.settling, .ended, .breakOff(code: nil, reason: "reserved bits"), .closed),
            UpstreamRow(.settling, .refused, .breakOff(code: nil, reason: "reserved bits"), .closed),
            UpstreamRow(.settling, .sessionEnded, nil, .closing),
            UpstreamRow(.leaving, .sessionEnded, nil, .closing),
            UpstreamRow(.closing, .sessionEnded, nil, .closed),
        ]
        + [
            UpstreamRow(.leaving, .closed, .relayClose(code: 4001, reason: "bye"), .closed),
            UpstreamRow(.leaving, .closedWithoutCode, .relayClose(code: nil, reason: ""), .closed),
            UpstreamRow(.parting, .closed, .drop, .closed),
            UpstreamRow(.parting, .closedWithoutCode, .drop, .closed),
            UpstreamRow(.parting, .sessionEnded, nil, .closed),
            UpstreamRow(.closing, .closed, .drop, .closed),
            UpstreamRow(.closing, .closedWithoutCode, .drop, .closed),
        ]
        + [UpstreamPhase.leaving, .parting, .closing].flatMap { phase in
            let endings: [UpstreamInput] = [
                .goingAway, .restarting, .tryAgainLater, .violated, .violatedAfterMessage, .ended, .refused,
            ]
            return endings.map {
                UpstreamRow(phase, $0, .drop, .closed)
            }
        }
}
