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
