/// A backend: endpoints that serve the same thing, and how connections to them are kept.
public struct UpstreamConfiguration: Sendable, Equatable {
    /// The name that routes use; unique among upstreams.
    public var name = ""
    /// The addresses that serve this upstream.
    public var endpoints: [EndpointAddress] = []
    /// How an endpoint is chosen for a session.
    public var balance = Balance.leastSessions
    /// How `wss://` endpoints are verified.
    public var tls = UpstreamTLSConfiguration()
    /// How many connections are kept, and for how long.
    public var pool = PoolConfiguration()
    /// How endpoints are checked while nothing goes wrong.
    public var health = HealthConfiguration()
    /// How endpoints that keep failing are put aside.
    public var outlier = OutlierConfiguration()
    /// How soon a lost endpoint is tried again.
    public var reconnect = ReconnectConfiguration()
    /// How dead connections to the upstream are noticed.
    public var heartbeat = HeartbeatConfiguration()

    /// An upstream without endpoints.
    public init() {}

    /// An upstream with this name and these endpoints, and every other default.
    public init(name: String, endpoints: [EndpointAddress]) {
        self.name = name
        self.endpoints = endpoints
    }
}

extension UpstreamConfiguration: ConfigurationSection {
    static let fields: [Field<UpstreamConfiguration>] = [
        Field(
            "name", \.name, .name, "The upstream's name in routes, logs, metrics and the admin API; unique among upstreams.",
            change: "Choose it once: dashboards are built on it.", isRequired: true),
        Field(
            "endpoints", \.endpoints, .list(of: .endpoint),
            "The addresses that serve this upstream: `ws://host:port/base`, `wss://host:port/base` or `unix:/path`. Names are resolved again and again.",
            change: "List every instance; sessions are spread over those that are healthy.", isRequired: true),
        Field(
            "balance", \.balance,
            .described(
                "round_robin, least_sessions, hash:ip, hash:header:NAME or hash:query:NAME",
                hint: "write one of them, with the NAME of a header or query parameter", Balance.init),
            "How an endpoint is chosen for a session.", change: "Use a hash when sessions of one user or room belong on one instance."),
        Field(
            "tls", \.tls, .section, "How `wss://` endpoints are verified.",
            change: "Set it for endpoints with certificates of a private authority."),
        Field(
            "pool", \.pool, .section, "How many connections are kept, and for how long.", change: "Fit it to what the endpoints can take."),
        Field(
            "health", \.health, .section, "How endpoints are checked while nothing goes wrong.",
            change: "Fit it to how fast a dead instance must be noticed."),
        Field(
            "outlier", \.outlier, .section, "How endpoints that keep failing real sessions are put aside for a while.",
            change: "Loosen it for backends that refuse sessions in normal operation."),
        Field(
            "reconnect", \.reconnect, .section, "How soon a lost endpoint is tried again: exponential backoff with full jitter.",
            change: "Raise the maximum when many gateways share a backend."),
        Field(
            "heartbeat", \.heartbeat, .section,
            "How dead connections to the upstream are noticed, by pings on connections that serve a session.",
            change: "Set the interval to 0s for backends that do not answer pings."),
    ]

    static var sample: UpstreamConfiguration {
        UpstreamConfiguration(name: "chat", endpoints: ["ws://127.0.0.1:9001"].compactMap(EndpointAddress.init))
    }

    func check(at path: ConfigurationPath, reading: inout Reading) {
        let place = path.appending("endpoints")
        if endpoints.isEmpty { reading.report("the list is empty; add at least one, as \"ws://127.0.0.1:9001\"", at: place) }
        for (position, endpoint) in endpoints.enumerated() where endpoints[..<position].contains(endpoint) {
            reading.report("\(endpoint.text) stands in the list twice; remove one", at: place.appending(position), comparedWith: [place])
        }
    }
}
