import RoadsteadMachines
import Testing

/// An input to a session in some phase, and what must come of it.
struct SessionRow: Sendable, CustomTestStringConvertible {
    let phase: SessionPhase
    let input: SessionInput
    let action: SessionMachine.Action?
    let state: SessionState
    let record: CloseRecord?

    var testDescription: String { "\(phase): \(input)" }

    /// The session goes on, in `state`.
    static func goesOn(_ phase: SessionPhase, _ input: SessionInput, _ state: SessionState) -> SessionRow {
        SessionRow(phase: phase, input: input, action: nil, state: state, record: nil)
    }

    /// The session begins to end.
    static func ends(_ phase: SessionPhase, _ input: SessionInput, _ action: SessionMachine.Action, _ record: CloseRecord) -> SessionRow {
        SessionRow(phase: phase, input: input, action: action, state: .closing, record: record)
    }

    /// The session is over.
    static func finishes(_ phase: SessionPhase, _ input: SessionInput, _ record: CloseRecord) -> SessionRow {
        SessionRow(phase: phase, input: input, action: .finish(record), state: .closed, record: record)
    }
}

func record(_ closedBy: ClosedBy, _ cause: CloseCause, _ code: UInt16?, _ reason: String, _ stage: SessionState) -> CloseRecord {
    CloseRecord(closedBy: closedBy, cause: cause, code: code, reason: reason, stage: stage)
}

@Suite("A session")
struct SessionMachineTests {
    @Test("answers each input in each phase, and ends with one record", arguments: rows)
    func answers(_ row: SessionRow) {
        var machine = row.phase.session(.defaults)
        #expect(machine.state == row.phase.state)
        let action = row.input.apply(to: &machine, at: at(.seconds(1)))
        #expect(action == row.action)
        #expect(machine.state == row.state)
        #expect(machine.closeRecord == row.record)
        #expect(machine.isOpen == (row.state == .open || row.state == .detached))
    }

    @Test("takes every other input in every phase for nothing", arguments: SessionPhase.allCases)
    func ignores(_ phase: SessionPhase) {
        let meant = Set(Self.rows.filter { $0.phase == phase }.map(\.input))
        for input in SessionInput.allCases where !meant.contains(input) && input.isAllowed(in: phase.state) {
            var machine = phase.session(.defaults)
            let before = (machine.state, machine.closeRecord, machine.deadline)
            let action = input.apply(to: &machine, at: start)
            #expect(action == nil || action == SessionMachine.Action.none, "\(input)")
            #expect(machine.state == before.0, "\(input)")
            #expect(machine.closeRecord == before.1, "\(input)")
            #expect(machine.deadline == before.2, "\(input)")
        }
    }

    @Test("that began in plain needs no handshake")
    func beginsPlain() {
        let machine = SessionMachine(acceptedAt: start, isSecure: false, policy: .defaults)
        #expect(machine.state == .upgrading)
        #expect(machine.deadline == at(.seconds(10)))
    }

    static let clientCodes: [(UInt16?, CloseCause, recorded: UInt16)] = [
        (nil, .normal, 1005), (1000, .normal, 1000), (1001, .goingAway, 1001), (1002, .protocolError, 1002), (1003, .normal, 1003),
        (1007, .invalidUTF8, 1007), (1008, .normal, 1008), (1009, .messageTooBig, 1009), (1011, .normal, 1011), (3000, .normal, 3000),
        (4999, .normal, 4999),
    ]

    @Test("answers a client's close with its own code and records its words", arguments: clientCodes)
    func answersClose(_ code: UInt16?, _ cause: CloseCause, _ recorded: UInt16) {
        var machine = SessionPhase.open.session(.defaults)
        #expect(machine.closeReceived(code: code, reason: "bye", at: start) == .sendCloseAndLinger(code: code, reason: ""))
        #expect(machine.closeRecord == record(.client, cause, recorded, "bye", .open))
        #expect(machine.streamEnded(at: start) == .finish(record(.client, cause, recorded, "bye", .open)))
        #expect(machine.state == .closed)
    }

    @Test("keeps the first cause, whatever follows", arguments: SessionInput.allCases.filter { $0.isAllowed(in: .closing) })
    func keepsTheFirstCause(_ input: SessionInput) {
        var machine = SessionPhase.open.session(.defaults)
        _ = machine.close(code: 1013, reason: "slow", cause: .slowClient, by: .gateway, at: start)
        _ = input.apply(to: &machine, at: at(.seconds(1)))
        #expect(machine.closeRecord == record(.gateway, .slowClient, 1013, "slow", .open))
        let last = machine.abandoned(cause: .drain, reason: "over")
        #expect(machine.state == .closed)
        #expect(machine.closeRecord == record(.gateway, .slowClient, 1013, "slow", .open))
        #expect(last == .none || last == .finish(record(.gateway, .slowClient, 1013, "slow", .open)))
    }

    @Test("has a round trip only while it is open")
    func measures() {
        var machine = SessionPhase.open.session(.defaults)
        #expect(machine.timerFired(at: at(.seconds(20)), payload: 5) == .ping(5))
        #expect(machine.pongReceived(payload: 4, at: at(.seconds(21))) == nil)
        #expect(machine.pongReceived(payload: 5, at: at(.seconds(22))) == .seconds(2))
        #expect(machine.roundTripTime?.last == .seconds(2))
        _ = SessionInput.close.apply(to: &machine, at: at(.seconds(23)))
        #expect(machine.roundTripTime == nil)
        #expect(machine.pongReceived(payload: 5, at: at(.seconds(24))) == nil)
    }

    @Test("stops the process when it is opened twice")
    func opensOnce() async {
        await #expect(processExitsWith: .failure) {
            var machine = SessionPhase.open.session(.defaults)
            machine.opened(at: start, phase: 0)
        }
    }
}

extension SessionMachineTests {
    private static let broken = record(.network, .reset, nil, "reset by peer", .handshaking)

    static let rows: [SessionRow] = opening + liveRows(.open, .open) + liveRows(.detached, .detached) + continuityRows + endingRows

    private static let opening: [SessionRow] =
        [
            .goesOn(.handshaking, .tlsEstablished, .upgrading),
            .finishes(.handshaking, .close, record(.gateway, .kicked, nil, "kicked by hand", .handshaking)),
            .finishes(.handshaking, .closeWithoutCode, record(.upstream, .normal, nil, "", .handshaking)),
            .goesOn(.upgrading, .attachmentBegan, .attaching),
            .goesOn(.upgrading, .opened, .open),
            .goesOn(.attaching, .opened, .open),
        ]
        + [(SessionPhase.handshaking, SessionState.handshaking), (.upgrading, .upgrading), (.attaching, .attaching)].flatMap {
            phase, stage in
            [
                .finishes(phase, .streamEnded, record(.client, .goingAway, nil, "left before the upgrade", stage)),
                .finishes(phase, .connectionFailed, record(.network, .reset, nil, "reset by peer", stage)),
                .finishes(phase, .abandoned, record(.gateway, .drain, nil, "drain period is over", stage)),
            ] as [SessionRow]
        }
        + [(SessionPhase.upgrading, SessionState.upgrading), (.attaching, .attaching)].flatMap { phase, stage in
            [
                .ends(phase, .refused, .refuse(status: 403, explanation: "not here"), record(.gateway, .normal, nil, "not here", stage)),
                .ends(
                    phase, .close, .refuse(status: 503, explanation: "kicked by hand"),
                    record(.gateway, .kicked, nil, "kicked by hand", stage)),
                .ends(phase, .closeWithoutCode, .refuse(status: 503, explanation: ""), record(.upstream, .normal, nil, "", stage)),
            ] as [SessionRow]
        }

    private static func kicked(_ stage: SessionState) -> CloseRecord { record(.gateway, .kicked, 1008, "kicked by hand", stage) }

    /// What a session does alike with an upstream and without one.
    private static func liveRows(_ phase: SessionPhase, _ stage: SessionState) -> [SessionRow] {
        [
            .ends(phase, .close, .sendClose(code: 1008, reason: "kicked by hand"), kicked(stage)),
            .ends(phase, .closeWithoutCode, .sendClose(code: nil, reason: ""), record(.upstream, .normal, 1005, "", stage)),
            .ends(
                phase, .violated, .sendCloseAndLinger(code: 1002, reason: "reserved bits"),
                record(.gateway, .protocolError, 1002, "reserved bits", stage)),
            .ends(
                phase, .closeReceived, .sendCloseAndLinger(code: 1001, reason: ""), record(.client, .goingAway, 1001, "tab closed", stage)),
            .ends(phase, .closeReceivedWithoutCode, .sendCloseAndLinger(code: nil, reason: ""), record(.client, .normal, 1005, "", stage)),
            .finishes(phase, .streamEnded, record(.client, .reset, 1006, "end of stream without a close frame", stage)),
            .finishes(phase, .connectionFailed, record(.network, .reset, 1006, "reset by peer", stage)),
            .finishes(phase, .abandoned, record(.gateway, .drain, 1006, "drain period is over", stage)),
            // Deadlines move: not for nothing.
            .goesOn(phase, .bytesReceived, stage), .goesOn(phase, .queueDrained, stage), .goesOn(phase, .pongReceived, stage),
            .goesOn(phase, .readingPaused, stage), .goesOn(phase, .readingResumed, stage),
            SessionRow(phase: phase, input: .timerFired, action: SessionMachine.Action.none, state: stage, record: nil),
        ]
    }

    private static let continuityRows: [SessionRow] = [
        SessionRow(phase: .open, input: .upstreamLost, action: .detach, state: .detached, record: nil),
        .ends(
            .open, .upstreamLostForGood, .sendClose(code: 1012, reason: "upstream lost"),
            record(.upstream, .upstreamLost, 1012, "upstream lost", .open)),
        .goesOn(.detached, .reattached, .open),
    ]

    private static let endingRows: [SessionRow] =
        [
            .ends(.awaitingClose, .violated, .linger, kicked(.open)),
            .ends(.awaitingClose, .closeReceived, .linger, kicked(.open)),
            .ends(.awaitingClose, .closeReceivedWithoutCode, .linger, kicked(.open)),
        ]
        + [SessionPhase.awaitingClose, .lingering].flatMap { phase in
            [SessionInput.streamEnded, .connectionFailed, .abandoned].map { .finishes(phase, $0, kicked(.open)) }
        }
        + SessionInput.allCases.filter { $0.isAllowed(in: .closed) }.map { input in
            var machine = SessionPhase.open.session(.defaults)
            let action: SessionMachine.Action? = input.apply(to: &machine, at: start) == nil ? nil : SessionMachine.Action.none
            return SessionRow(phase: .closed, input: input, action: action, state: .closed, record: broken)
        }
}
