/// The requests that a route takes.
public struct MatchConfiguration: Sendable, Equatable {
    /// The host asked for, in lower case and without its port: a name, `*.domain` for every name below a domain, or `*` for any.
    public var host = "*"
    /// The path asked for: an exact path, or a prefix that ends in `/*`.
    public var path = "/*"

    /// Every request.
    public init() {}
}
