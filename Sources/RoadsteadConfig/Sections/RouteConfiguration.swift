/// Which requests go to which upstream, and the rules of the sessions that come of them.
public struct RouteConfiguration: Sendable, Equatable {
    /// The name in logs, metrics and the admin API; unique among routes.
    public var name = ""
    /// The requests that this route takes.
    public var match = MatchConfiguration()
    /// The name of the upstream that serves the route; empty when the route echoes.
    public var upstream = ""
    /// Whether the gateway itself answers each message with the same message.
    public var echo = false
    /// The origins from which browsers may connect; empty is any.
    public var origins: [String] = []
    /// The subprotocols offered and chosen here; empty leaves the choice to the upstream.
    public var subprotocols: [String] = []
    /// The name of the authenticator that a request must satisfy; nil is anyone.
    public var authentication: String?
    /// How dead clients are noticed.
    public var heartbeat = HeartbeatConfiguration()
    /// How long each stage of a session may take.
    public var timeouts = TimeoutsConfiguration()
    /// What one session may use.
    public var limits = RouteLimitsConfiguration()
    /// Whether messages to and from clients are compressed.
    public var compression = CompressionConfiguration()
    /// What happens to a session whose upstream is lost.
    public var continuity = ContinuityConfiguration()

    /// Where the messages of this route go: exactly one of `upstream` and `echo`.
    public var target: RouteTarget {
        get { echo ? .echo : .upstream(upstream) }
        set {
            switch newValue {
            case .echo: (echo, upstream) = (true, "")
            case .upstream(let name): (echo, upstream) = (false, name)
            }
        }
    }

    /// A route that takes every request and goes nowhere yet.
    public init() {}

    /// A route with this name, path pattern and target, and every other default.
    public init(name: String, path: String, target: RouteTarget) {
        self.name = name
        self.match.path = path
        self.target = target
    }
}
