/// How one look at an endpoint ended: the words of `last_check` and of `roadstead_upstream_checks_total`.
public enum CheckResult: String, Sendable, CaseIterable {
    /// It answered as it should.
    case ok
    /// Its name has no address.
    case unresolved
    /// TCP: nothing within the timeout.
    case l4Timeout = "l4_timeout"
    /// TCP: refused.
    case l4Refused = "l4_refused"
    /// TCP: unreachable, reset, or any other error while connecting.
    case l4Failed = "l4_failed"
    /// TLS could not be established: a certificate that does not verify, no common version and so on.
    case tlsFailed = "tls_failed"
    /// TCP was there, TLS did not finish within the timeout.
    case tlsTimeout = "tls_timeout"
    /// HTTP: a status other than 200 to 399, or for `websocket` other than 101.
    case httpStatus = "http_status"
    /// HTTP: connected, no whole head within the timeout.
    case httpTimeout = "http_timeout"
    /// HTTP: the answer was not HTTP, or the connection ended within it or before it.
    case httpInvalid = "http_invalid"
    /// WebSocket: the 101 came, the pong did not.
    case wsNoPong = "ws_no_pong"

    /// Whether a connection could be had at all, so that sessions may try.
    public var isReachable: Bool {
        switch self {
        case .ok, .httpStatus, .httpTimeout, .httpInvalid, .wsNoPong: true
        case .unresolved, .l4Timeout, .l4Refused, .l4Failed, .tlsFailed, .tlsTimeout: false
        }
    }
}
