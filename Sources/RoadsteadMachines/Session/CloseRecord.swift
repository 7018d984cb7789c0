/// How a session ended. No session ends without one.
public struct CloseRecord: Sendable, Equatable {
    /// Who ended it.
    public var closedBy: ClosedBy
    /// Why.
    public var cause: CloseCause
    /// The WebSocket close code (RFC 6455 section 7.4), 1005 for a close frame without a code, 1006 for no close frame; `nil` before the upgrade.
    public var code: UInt16?
    /// The close frame's reason, or a sentence of ours.
    public var reason: String
    /// The state the session was in.
    public var stage: SessionState

    /// A record with all its parts.
    public init(closedBy: ClosedBy, cause: CloseCause, code: UInt16?, reason: String, stage: SessionState) {
        self.closedBy = closedBy
        self.cause = cause
        self.code = code
        self.reason = reason
        self.stage = stage
    }
}

/// Who ended a session.
public enum ClosedBy: String, Sendable, CaseIterable { case client, gateway, upstream, network }

/// Why a session ended: the words of logs, metrics and the admin API.
public enum CloseCause: String, Sendable, CaseIterable {
    case normal
    case goingAway = "going_away"
    case protocolError = "protocol_error"
    case invalidUTF8 = "invalid_utf8"
    case messageTooBig = "message_too_big"
    case heartbeatTimeout = "heartbeat_timeout"
    case idleTimeout = "idle_timeout"
    case lifetime
    case handshakeTimeout = "handshake_timeout"
    case slowClient = "slow_client"
    case rateLimit = "rate_limit"
    case kicked
    case drain
    case upstreamClosed = "upstream_closed"
    case upstreamLost = "upstream_lost"
    case upstreamUnavailable = "upstream_unavailable"
    case authenticationExpired = "authentication_expired"
    case tlsError = "tls_error"
    case reset
    case capacity
    case `internal`

    /// The cause that a client's own close code names.
    public init(clientCode: UInt16?) {
        switch clientCode {
        case 1001: self = .goingAway
        case 1002: self = .protocolError
        case 1007: self = .invalidUTF8
        case 1009: self = .messageTooBig
        default: self = .normal
        }
    }
}

/// Where a session is in its life.
public enum SessionState: String, Sendable, CaseIterable {
    /// TLS is being negotiated.
    case handshaking
    /// The request head is awaited.
    case upgrading
    /// An upstream connection is being made.
    case attaching
    /// Messages flow.
    case open
    /// A close or a refusal is under way.
    case closing
    /// Over; only the record remains.
    case closed
}
