extension SessionMachine {
    /// Whatever ends an open session from our side: idle, lifetime, kick, drain, slow client, a lost or closed upstream. The client is
    /// told by a close frame, and its answer is awaited. Before the upgrade there is nobody to tell by frame: 503.
    public mutating func close(code: UInt16?, reason: String, cause: CloseCause, by closedBy: ClosedBy, at now: Instant) -> Action {
        let record = CloseRecord(closedBy: closedBy, cause: cause, code: code ?? 1005, reason: reason, stage: state)
        switch phase {
        case .open, .detached:
            phase = .awaitingClose(record, since: now)
            return .sendClose(code: code, reason: reason)
        case .upgrading, .attaching:
            return refused(status: 503, explanation: reason, cause: cause, by: closedBy, at: now)
        case .handshaking:
            return finish(CloseRecord(closedBy: closedBy, cause: cause, code: nil, reason: reason, stage: .handshaking))
        case .settling:
            return settled(at: now)
        case .awaitingClose, .lingering, .closed:
            return .none
        }
    }

    /// The client broke the protocol or a limit (RFC 6455 section 7.1.7): its further input is discarded.
    /// - Parameter settles: whether its upstream may still be answering what came before.
    public mutating func violated(code: UInt16, reason: String, cause: CloseCause, settles: Bool = false, at now: Instant) -> Action {
        switch phase {
        case .open where settles:
            let record = CloseRecord(closedBy: .gateway, cause: cause, code: code, reason: reason, stage: state)
            phase = .settling(record, code: code, Settling(at: now))
            return .settle
        case .open, .detached:
            linger(CloseRecord(closedBy: .gateway, cause: cause, code: code, reason: reason, stage: state), at: now)
            return .sendCloseAndLinger(code: code, reason: reason)
        case .awaitingClose(let record, let since):
            phase = .lingering(record, since: since)
            return .linger
        case .handshaking, .upgrading, .attaching, .settling, .lingering, .closed:
            return .none
        }
    }

    /// The upstream has said all, or as much as is waited for: now the client is told of its mistake.
    mutating func settled(at now: Instant) -> Action {
        guard case .settling(let record, let code, _) = phase else { return .none }
        linger(record, at: now)
        return .sendCloseAndLinger(code: code, reason: record.reason)
    }

    /// The client's close frame came: answered with its own code, or the answer to ours.
    public mutating func closeReceived(code: UInt16?, reason: String, at now: Instant) -> Action {
        switch phase {
        case .open, .detached:
            let record = CloseRecord(
                closedBy: .client, cause: CloseCause(clientCode: code), code: code ?? 1005, reason: reason, stage: state)
            linger(record, at: now)
            return .sendCloseAndLinger(code: code, reason: "")
        case .awaitingClose(let record, let since):
            phase = .lingering(record, since: since)
            return .linger
        case .handshaking, .upgrading, .attaching, .settling, .lingering, .closed:
            return .none
        }
    }

    /// The client's stream ended without an error: a FIN, or a TLS close_notify.
    public mutating func streamEnded(at now: Instant) -> Action {
        switch phase {
        case .handshaking, .upgrading, .attaching:
            return finish(CloseRecord(closedBy: .client, cause: .goingAway, code: nil, reason: "left before the upgrade", stage: state))
        case .open, .detached:
            return finish(
                CloseRecord(closedBy: .client, cause: .reset, code: 1006, reason: "end of stream without a close frame", stage: state))
        case .settling(let record, _, _), .awaitingClose(let record, _), .lingering(let record, _):
            return finish(record)
        case .closed:
            return .none
        }
    }

    /// The connection broke: reset, timed out in the kernel, or a TLS error.
    public mutating func connectionFailed(cause: CloseCause, reason: String, by closedBy: ClosedBy) -> Action {
        switch phase {
        case .handshaking, .upgrading, .attaching:
            return finish(CloseRecord(closedBy: closedBy, cause: cause, code: nil, reason: reason, stage: state))
        case .open, .detached:
            return finish(CloseRecord(closedBy: closedBy, cause: cause, code: 1006, reason: reason, stage: state))
        case .settling(let record, _, _), .awaitingClose(let record, _), .lingering(let record, _):
            return finish(record)
        case .closed:
            return .none
        }
    }

    /// The gateway is going down now: no more waiting.
    public mutating func abandoned(cause: CloseCause, reason: String) -> Action {
        connectionFailed(cause: cause, reason: reason, by: .gateway)
    }
}
