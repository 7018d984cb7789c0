/// Why no upstream connection was had, and what the client is told.
public enum PoolRefusal: Sendable, Equatable {
    /// The pool is at its maximum.
    case noCapacity
    /// Every endpoint is out, and none came back in time.
    case noHealthyUpstream
    /// TCP or TLS could not be established; the words say how.
    case unreachable(String)
    /// The connection ended before the request was answered; the words say how.
    case dropped(String)
    /// The upstream answered the upgrade with this status.
    case declined(status: Int)
    /// The upstream's answer to the upgrade made no sense; the words say why.
    case invalid(String)
    /// Nothing within `connect_timeout`.
    case tooSlow

    /// The application itself said no: asking another endpoint, or again, would not help.
    public var isFinal: Bool {
        switch self {
        case .noCapacity, .noHealthyUpstream, .unreachable, .dropped, .invalid, .tooSlow: false
        case .declined(let status): status < 500
        }
    }

    /// The status the client gets (DESIGN section 4).
    public var status: Int {
        switch self {
        case .noCapacity, .noHealthyUpstream: 503
        case .unreachable, .dropped, .invalid, .declined: 502
        case .tooSlow: 504
        }
    }

    /// One line for the refusal's body and the close record.
    public var explanation: String {
        switch self {
        case .noCapacity: "no upstream connection free"
        case .noHealthyUpstream: "no healthy upstream"
        case .unreachable(let words), .dropped(let words), .invalid(let words): "upstream refused: \(words)"
        case .declined(let status): "upstream answered \(status) to the upgrade"
        case .tooSlow: "upstream too slow"
        }
    }
}
