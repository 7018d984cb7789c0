/// How an endpoint is chosen for a session.
public enum Balance: Sendable, Equatable {
    /// One after the other.
    case roundRobin
    /// The one with the fewest sessions.
    case leastSessions
    /// The same endpoint for the same client address.
    case hashIP
    /// The same endpoint for the same value of the request header with this name.
    case hashHeader(String)
    /// The same endpoint for the same value of the query parameter with this name.
    case hashQuery(String)

    /// Whether the choice depends on something in the request.
    public var isHash: Bool {
        switch self {
        case .roundRobin, .leastSessions: false
        case .hashIP, .hashHeader, .hashQuery: true
        }
    }
}

extension Balance: CustomStringConvertible {
    /// The words of the configuration file, as `hash:header:X-Room`.
    public var description: String {
        switch self {
        case .roundRobin: "round_robin"
        case .leastSessions: "least_sessions"
        case .hashIP: "hash:ip"
        case .hashHeader(let name): "hash:header:\(name)"
        case .hashQuery(let name): "hash:query:\(name)"
        }
    }

    /// Reads the words of the configuration file; nil when they are none of them.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        switch (parts[0], parts.count) {
        case ("round_robin", 1): self = .roundRobin
        case ("least_sessions", 1): self = .leastSessions
        case ("hash", 2) where parts[1] == "ip": self = .hashIP
        case ("hash", 3) where parts[1] == "header" && Token.isValid(parts[2]): self = .hashHeader(String(parts[2]))
        case ("hash", 3) where parts[1] == "query" && Token.isValid(parts[2]): self = .hashQuery(String(parts[2]))
        case (_, _): return nil
        }
    }
}
