/// Why no upstream connection was had, and what the client is told.
public enum PoolRefusal: Sendable, Equatable {
    /// The pool is at its maximum.
    case noCapacity
    /// TCP or TLS could not be established; the words say how.
    case unreachable(String)
    /// The upstream answered the upgrade with this status.
    case declined(status: Int)
    /// Nothing within `connect_timeout`.
    case tooSlow

    /// Another endpoint may do better, unless the application itself said no.
    public var allowsAnotherEndpoint: Bool {
        switch self {
        case .noCapacity, .unreachable, .tooSlow: true
        case .declined(let status): status >= 500
        }
    }

    /// The status the client gets (DESIGN section 4).
    public var status: Int {
        switch self {
        case .noCapacity: 503
        case .unreachable, .declined: 502
        case .tooSlow: 504
        }
    }

    /// One line for the refusal's body and the close record.
    public var explanation: String {
        switch self {
        case .noCapacity: "no upstream connection free"
        case .unreachable(let words): "upstream refused: \(words)"
        case .declined(let status): "upstream answered \(status) to the upgrade"
        case .tooSlow: "upstream too slow"
        }
    }
}
