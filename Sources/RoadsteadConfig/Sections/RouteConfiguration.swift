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

extension RouteConfiguration: ConfigurationSection {
    static let fields: [Field<RouteConfiguration>] = [
        Field(
            "name", \.name, .name, "The route's name in logs, metrics and the admin API; unique among routes.",
            change: "Choose it once: dashboards are built on it.", isRequired: true),
        Field(
            "match", \.match, .section, "The requests that this route takes; both must match.",
            change: "Put narrow routes before wide ones: the first that matches wins."),
        Field(
            "upstream", \.upstream, .text("name of an upstream"),
            "The upstream that serves this route; exactly one of `upstream` and `echo`.",
            change: "Name an entry under `upstreams`.", isQuietAtDefault: true),
        Field(
            "echo", \.echo, .boolean, "Whether the gateway itself answers each message with the same message.",
            change: "Use it to try the gateway, and to measure it without a backend.", isQuietAtDefault: true),
        Field(
            "origins", \.origins, .list(of: .parsed("origin (scheme://host, with :port unless it is the usual)", Origins.parse)),
            "The `Origin` headers that are let in; empty is any, and others get 403. A request without the header is not from a browser, and is let in.",
            change: "List your sites on every route that cookies authenticate, or other sites can connect as your users."),
        Field(
            "subprotocols", \.subprotocols, .list(of: .token("subprotocol (an RFC 9110 token)")),
            "The subprotocols offered and chosen here; empty passes the client's offer through to the upstream.",
            change: "Set it on `echo` routes, or to forbid all others."),
        Field(
            "authentication", \.authentication, .textOrNone("name of an authenticator; empty is anyone"),
            "The authenticator that a request must satisfy; else it gets 401.", change: "Name an entry under `authenticators`.",
            effect: .later("requests to this route are refused with 401 until authentication exists")),
        Field(
            "heartbeat", \.heartbeat, .section, "How clients that have silently gone away are noticed.",
            change: "Keep the interval under the idle timeout of every proxy and NAT on the way, often 60s."),
        Field(
            "timeouts", \.timeouts, .section, "How long each stage of a session may take; 0s is never.", change: "Fit them to your clients."
        ),
        Field("limits", \.limits, .section, "What one session may use.", change: "Fit them to your messages."),
        Field(
            "compression", \.compression, .section,
            "Whether messages to and from clients and upstreams are compressed (permessage-deflate, RFC 7692), each side by what it agreed to.",
            change: "Tune it when bandwidth or processor time runs short."),
        Field(
            "continuity", \.continuity, .section, "What happens to an open session whose upstream is lost.",
            change: "Fit it to how your backends restart, and to what they must be told again."),
    ]

    static var sample: RouteConfiguration { RouteConfiguration(name: "chat", path: "/chat/*", target: .upstream("chat")) }

    func check(at path: ConfigurationPath, reading: inout Reading) {
        let (upstreamPlace, echoPlace) = (path.appending("upstream"), path.appending("echo"))
        switch (upstream.isEmpty, echo) {
        case (true, false):
            reading.report(
                "goes nowhere; give it exactly one of `upstream: NAME` and `echo: true`", at: path,
                comparedWith: [upstreamPlace, echoPlace])
        case (false, true):
            reading.report(
                "has both `upstream` and `echo: true`; keep exactly one of them", at: path, comparedWith: [upstreamPlace, echoPlace])
        case (true, true), (false, false): break
        }
    }
}
