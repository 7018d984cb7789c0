/// The requests that a route takes.
public struct MatchConfiguration: Sendable, Equatable {
    /// The host asked for, in lower case and without its port: a name, `*.domain` for every name below a domain, or `*` for any.
    public var host = "*"
    /// The path asked for; each `*` in it is any run of characters.
    public var path = "/*"

    /// Every request.
    public init() {}
}

extension MatchConfiguration: ConfigurationSection {
    static let fields: [Field<MatchConfiguration>] = [
        Field(
            "host", \.host, .parsed("host (a name, `*.domain` or `*`)", HostPattern.parse),
            "The host asked for, without its port: a name, `*.domain` for every name below a domain, or `*` for any.",
            change: "Set it when several sites share the gateway."),
        Field(
            "path", \.path, .parsed("path, where `*` is any run of characters", PathPattern.parse),
            "The path asked for, without its query, decoded and with `//` as `/`; each `*` is any run of characters, as in `/chat/*`.",
            change: "Set it when several backends share a host."),
    ]
}
