import RoadsteadMachines

/// Everything that a driver can tell a session.
enum SessionInput: Sendable, Hashable, CaseIterable {
    case tlsEstablished, attachmentBegan, opened, refused
    case close, closeWithoutCode, violated, closeReceived, closeReceivedWithoutCode
    case streamEnded, connectionFailed, abandoned
    case bytesReceived, messagePassed, queueDrained, readingPaused, readingResumed, pongReceived
    case upstreamLost, upstreamLostForGood, reattached
    case timerFired

    /// Tells it, with fixed words; `nil` if the input has no action.
    func apply(to machine: inout SessionMachine, at now: Instant, payload: UInt64 = 1) -> SessionMachine.Action? {
        switch self {
        case .tlsEstablished: machine.tlsEstablished()
        case .attachmentBegan: machine.attachmentBegan()
        case .opened: machine.opened(at: now, phase: 0)
        case .bytesReceived: machine.bytesReceived(at: now)
        case .messagePassed: machine.messagePassed(at: now)
        case .queueDrained: machine.queueDrained(at: now)
        case .readingPaused: machine.readingPaused()
        case .readingResumed: machine.readingResumed(at: now)
        case .pongReceived: _ = machine.pongReceived(payload: payload, at: now)
        case .reattached: machine.reattached()
        case .upstreamLost: return machine.upstreamLost(holdUntil: now + .seconds(30), at: now)
        case .upstreamLostForGood: return machine.upstreamLost(holdUntil: nil, at: now)
        case .timerFired: return machine.timerFired(at: now, payload: payload)
        case .refused: return machine.refused(status: 403, explanation: "not here", cause: .normal, by: .gateway, at: now)
        case .close: return machine.close(code: 1008, reason: "kicked by hand", cause: .kicked, by: .gateway, at: now)
        case .closeWithoutCode: return machine.close(code: nil, reason: "", cause: .normal, by: .upstream, at: now)
        case .violated: return machine.violated(code: 1002, reason: "reserved bits", cause: .protocolError, at: now)
        case .closeReceived: return machine.closeReceived(code: 1001, reason: "tab closed", at: now)
        case .closeReceivedWithoutCode: return machine.closeReceived(code: nil, reason: "", at: now)
        case .streamEnded: return machine.streamEnded(at: now)
        case .connectionFailed: return machine.connectionFailed(cause: .reset, reason: "reset by peer", by: .network)
        case .abandoned: return machine.abandoned(cause: .drain, reason: "drain period is over")
        }
        return nil
    }

    /// Opening twice, or before there was a head, is a mistake of ours that stops the process.
    func isAllowed(in state: SessionState) -> Bool { self != .opened || state == .upgrading || state == .attaching }
}

/// The phases a session can be in; `closing` has two.
enum SessionPhase: Sendable, CaseIterable {
    case handshaking, upgrading, attaching, open, detached, awaitingClose, lingering, closed

    var state: SessionState {
        switch self {
        case .handshaking: .handshaking
        case .upgrading: .upgrading
        case .attaching: .attaching
        case .open: .open
        case .detached: .detached
        case .awaitingClose, .lingering: .closing
        case .closed: .closed
        }
    }

    /// A session in this phase, accepted at `start`.
    func session(_ policy: SessionPolicy) -> SessionMachine {
        var machine = SessionMachine(acceptedAt: start, isSecure: true, policy: policy)
        let inputs: [SessionInput] =
            switch self {
            case .handshaking: []
            case .upgrading: [.tlsEstablished]
            case .attaching: [.tlsEstablished, .attachmentBegan]
            case .open: [.tlsEstablished, .attachmentBegan, .opened]
            case .detached: [.tlsEstablished, .attachmentBegan, .opened, .upstreamLost]
            case .awaitingClose: [.tlsEstablished, .opened, .close]
            case .lingering: [.tlsEstablished, .opened, .close, .closeReceived]
            case .closed: [.connectionFailed]
            }
        for input in inputs { _ = input.apply(to: &machine, at: start) }
        return machine
    }
}

extension SessionPolicy {
    /// The defaults of a route.
    static let defaults = SessionPolicy(
        handshake: .seconds(10), idle: nil, lifetime: nil, close: .seconds(5),
        heartbeat: HeartbeatPolicy(interval: .seconds(20), timeout: .seconds(10)))

    /// Nothing ever times out.
    static let never = SessionPolicy(
        handshake: nil, idle: nil, lifetime: nil, close: nil, heartbeat: HeartbeatPolicy(interval: nil, timeout: .seconds(10)))

    /// The defaults with some of them changed.
    static func defaults(_ change: (inout SessionPolicy) -> Void) -> SessionPolicy {
        var policy = SessionPolicy.defaults
        change(&policy)
        return policy
    }
}
