import RoadsteadMachines
import Testing

/// What a session does when one of its durations is over.
struct SessionTimeRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var phase: SessionPhase
    var policy = SessionPolicy.defaults
    /// Since the accept; `nil` = never.
    let deadline: Duration?
    let action: SessionMachine.Action
    let record: CloseRecord?

    init(
        _ name: String, _ phase: SessionPhase, _ change: (inout SessionPolicy) -> Void, deadline: Duration?,
        _ action: SessionMachine.Action, _ record: CloseRecord?
    ) {
        testDescription = name
        self.phase = phase
        policy = .defaults(change)
        self.deadline = deadline
        self.action = action
        self.record = record
    }
}

@Suite("A session's time")
struct SessionTimeTests {
    @Test("runs out at the deadline and not a moment before", arguments: rows)
    func runsOut(_ row: SessionTimeRow) {
        var machine = row.phase.session(row.policy)
        #expect(machine.deadline == (row.deadline.map(at) ?? .never))
        guard let deadline = row.deadline else {
            let state = machine.state
            #expect(machine.timerFired(at: at(.seconds(86_400 * 365)), payload: 1) == .none)
            #expect(machine.state == state)
            return
        }
        let before = (machine.state, machine.closeRecord)
        #expect(machine.timerFired(at: at(deadline - moment), payload: 1) == .none)
        #expect(machine.timerFired(at: at(.seconds(-100)), payload: 1) == .none)
        #expect(machine.state == before.0 && machine.closeRecord == before.1)
        var late = machine
        #expect(machine.timerFired(at: at(deadline), payload: 1) == row.action)
        #expect(machine.closeRecord == row.record)
        #expect(machine.deadline > at(deadline))
        // Late by a little: the same.
        #expect(late.timerFired(at: at(deadline + .milliseconds(10)), payload: 1) == row.action)
        #expect(late.closeRecord == row.record)
    }

    @Test("closes at once when several durations are over, naming the longest-lived", arguments: [1, 60, 3600])
    func jumps(_ minutes: Int) {
        let policy = SessionPolicy.defaults {
            $0.idle = .seconds(30)
            $0.lifetime = .seconds(60)
        }
        var machine = SessionPhase.open.session(policy)
        #expect(
            machine.timerFired(at: at(.seconds(minutes * 60)), payload: 1) == .sendClose(code: 1000, reason: "lifetime is over"))
        #expect(machine.closeRecord?.cause == .lifetime)
        #expect(machine.deadline == at(.seconds(minutes * 60 + 5)))
    }

    @Test("of silence begins again with each message, but not with bytes or pongs")
    func idles() {
        var machine = SessionPhase.open.session(.defaults { $0.idle = .seconds(15) })
        machine.messagePassed(at: at(.seconds(5)))
        #expect(machine.lastActive == at(.seconds(5)))
        machine.bytesReceived(at: at(.seconds(10)))
        _ = machine.pongReceived(payload: nil, at: at(.seconds(11)))
        #expect(machine.deadline == at(.seconds(20)))
        #expect(machine.timerFired(at: at(.seconds(20)), payload: 1) == .sendClose(code: 1000, reason: "idle for too long"))
        #expect(machine.closeRecord == record(.gateway, .idleTimeout, 1000, "idle for too long", .open))
    }

    @Test("to close is not renewed by what the client still sends")
    func closesInTime() {
        var machine = SessionPhase.awaitingClose.session(.defaults)
        for second in 1...4 {
            machine.bytesReceived(at: at(.seconds(second)))
            machine.messagePassed(at: at(.seconds(second)))
            _ = SessionInput.violated.apply(to: &machine, at: at(.seconds(second)))
            _ = SessionInput.close.apply(to: &machine, at: at(.seconds(second)))
            #expect(machine.deadline == at(.seconds(5)))
        }
        #expect(machine.timerFired(at: at(.seconds(5)), payload: 1) == .finish(record(.gateway, .kicked, 1008, "kicked by hand", .open)))
    }

    @Test("follows the policy of its route once that is known")
    func followsTheRoute() {
        var machine = SessionPhase.upgrading.session(.defaults)
        machine.policy.handshake = .seconds(3)
        #expect(machine.deadline == at(.seconds(3)))
        machine.policy = .never
        #expect(machine.deadline == .never)
        machine.opened(at: at(.seconds(2)), phase: 0.5)
        #expect(machine.deadline == .never)
        machine.policy = .defaults
        #expect(machine.deadline > at(.seconds(2)) && machine.deadline < .never)
    }

    @Test("a client that still takes what was queued has the whole time to close after the last of it")
    func waitsForTheSlow() {
        var machine = SessionMachine(
            acceptedAt: at(.zero), isSecure: false,
            policy: SessionPolicy(
                handshake: .seconds(10), idle: nil, lifetime: nil, close: .seconds(5),
                heartbeat: HeartbeatPolicy(interval: nil, timeout: .seconds(10))))
        machine.opened(at: at(.zero), phase: 0)
        _ = machine.close(code: 1001, reason: "going away", cause: .drain, by: .gateway, at: at(.zero))
        machine.queueDrained(at: at(.seconds(4)))
        #expect(machine.timerFired(at: at(.seconds(5)), payload: 1) == .none)
        #expect(machine.deadline == at(.seconds(9)))
    }

    @Test("passes with pings, and ends when they are not answered", arguments: [SessionPhase.upgrading, .attaching])
    func beats(_ phase: SessionPhase) {
        var machine = phase.session(.defaults)
        machine.opened(at: at(.seconds(1)), phase: 0)
        #expect(machine.deadline == at(.seconds(21)))
        #expect(machine.timerFired(at: at(.seconds(21)), payload: 77) == .ping(77))
        machine.bytesReceived(at: at(.seconds(22)))
        #expect(machine.pongReceived(payload: 77, at: at(.seconds(22))) == .seconds(1))
        #expect(machine.timerFired(at: at(.seconds(42)), payload: 78) == .ping(78))
        machine.queueDrained(at: at(.seconds(45)))
        #expect(machine.timerFired(at: at(.seconds(65)), payload: 79) == .ping(79))
        machine.readingPaused()
        #expect(machine.timerFired(at: at(.seconds(85)), payload: 80) == .none)
        machine.readingResumed(at: at(.seconds(90)))
        #expect(machine.timerFired(at: at(.seconds(90)), payload: 80) == .ping(80))
        let dead = record(.network, .heartbeatTimeout, 1006, "no byte within the heartbeat timeout", .open)
        #expect(machine.timerFired(at: at(.seconds(100)), payload: 81) == .finish(dead))
        #expect(machine.state == .closed)
        #expect(machine.deadline == .never)
    }
}

extension SessionTimeTests {
    private static let kicked = record(.gateway, .kicked, 1008, "kicked by hand", .open)
    private static let lifetimeWords = "lifetime of the connection is over"

    static let rows: [SessionTimeRow] = [
        SessionTimeRow(
            "the TLS handshake", .handshaking, { _ in }, deadline: .seconds(10),
            .finish(record(.gateway, .handshakeTimeout, nil, "TLS handshake not finished in time", .handshaking)),
            record(.gateway, .handshakeTimeout, nil, "TLS handshake not finished in time", .handshaking)),
        SessionTimeRow(
            "a lifetime shorter than the TLS handshake", .handshaking, { $0.lifetime = .seconds(3) }, deadline: .seconds(3),
            .finish(record(.gateway, .lifetime, nil, lifetimeWords, .handshaking)),
            record(.gateway, .lifetime, nil, lifetimeWords, .handshaking)),
        SessionTimeRow("a handshake without end", .handshaking, { $0.handshake = nil }, deadline: nil, .none, nil),
        SessionTimeRow(
            "the request head", .upgrading, { _ in }, deadline: .seconds(10),
            .refuse(status: 408, explanation: "request head not finished in time"),
            record(.gateway, .handshakeTimeout, nil, "request head not finished in time", .upgrading)),
        SessionTimeRow(
            "a lifetime shorter than the head", .upgrading, { $0.lifetime = .seconds(3) }, deadline: .seconds(3),
            .refuse(status: 503, explanation: lifetimeWords), record(.gateway, .lifetime, nil, lifetimeWords, .upgrading)),
        SessionTimeRow("a head without end", .upgrading, { $0.handshake = nil }, deadline: nil, .none, nil),
        SessionTimeRow("the attachment, which the pool bounds", .attaching, { _ in }, deadline: nil, .none, nil),
        SessionTimeRow(
            "the lifetime while attaching", .attaching, { $0.lifetime = .seconds(3) }, deadline: .seconds(3),
            .refuse(status: 503, explanation: lifetimeWords), record(.gateway, .lifetime, nil, lifetimeWords, .attaching)),
        SessionTimeRow("the heartbeat", .open, { _ in }, deadline: .seconds(20), .ping(1), nil),
        SessionTimeRow(
            "idleness", .open, { $0.idle = .seconds(7) }, deadline: .seconds(7), .sendClose(code: 1000, reason: "idle for too long"),
            record(.gateway, .idleTimeout, 1000, "idle for too long", .open)),
        SessionTimeRow(
            "the lifetime", .open, { $0.lifetime = .seconds(7) }, deadline: .seconds(7), .sendClose(code: 1000, reason: "lifetime is over"),
            record(.gateway, .lifetime, 1000, "lifetime is over", .open)),
        SessionTimeRow("the heartbeat while detached", .detached, { _ in }, deadline: .seconds(20), .ping(1), nil),
        SessionTimeRow(
            "the time to hold a client", .detached, { $0.heartbeat.interval = nil }, deadline: .seconds(30),
            .sendClose(code: 1013, reason: "no upstream in time"),
            record(.upstream, .upstreamUnavailable, 1013, "no upstream in time", .detached)),
        SessionTimeRow(
            "idleness while detached", .detached, { $0.idle = .seconds(7) }, deadline: .seconds(7),
            .sendClose(code: 1000, reason: "idle for too long"), record(.gateway, .idleTimeout, 1000, "idle for too long", .detached)),
        SessionTimeRow(
            "the lifetime while detached", .detached, { $0.lifetime = .seconds(7) }, deadline: .seconds(7),
            .sendClose(code: 1000, reason: "lifetime is over"), record(.gateway, .lifetime, 1000, "lifetime is over", .detached)),
        SessionTimeRow("an open session without any timeout", .open, { $0 = .never }, deadline: nil, .none, nil),
        SessionTimeRow("the client's close", .awaitingClose, { _ in }, deadline: .seconds(5), .finish(kicked), kicked),
        SessionTimeRow("the client's end of stream", .lingering, { _ in }, deadline: .seconds(5), .finish(kicked), kicked),
        SessionTimeRow("a close without end", .awaitingClose, { $0 = .never }, deadline: .seconds(60), .finish(kicked), kicked),
        SessionTimeRow("a linger without end", .lingering, { $0 = .never }, deadline: .seconds(60), .finish(kicked), kicked),
        SessionTimeRow(
            "what is over", .closed, { _ in }, deadline: nil, .none, record(.network, .reset, nil, "reset by peer", .handshaking)),
    ]
}
