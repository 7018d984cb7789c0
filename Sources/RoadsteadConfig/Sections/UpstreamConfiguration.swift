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
