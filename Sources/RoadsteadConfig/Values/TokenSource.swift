/// Where in a request a token is looked for.
public enum TokenSource: Sendable, Equatable {
    /// `Authorization: Bearer TOKEN`.
    case header
    /// The query parameter with this name.
    case query(String)
    /// The cookie with this name.
    case cookie(String)
}

extension TokenSource: CustomStringConvertible {
    /// The words of the configuration file, as `query:access_token`.
    public var description: String {
        switch self {
        case .header: "header"
        case .query(let name): "query:\(name)"
        case .cookie(let name): "cookie:\(name)"
        }
    }

    /// Reads the words of the configuration file; nil when they are none of them.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        switch (parts[0], parts.count) {
        case ("header", 1): self = .header
        case ("query", 2) where Token.isValid(parts[1]): self = .query(String(parts[1]))
        case ("cookie", 2) where Token.isValid(parts[1]): self = .cookie(String(parts[1]))
        case (_, _): return nil
        }
    }
}
