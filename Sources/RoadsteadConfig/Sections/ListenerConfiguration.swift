/// One address on which clients connect.
public struct ListenerConfiguration: Sendable, Equatable {
    /// The name in logs and metrics; unique among listeners.
    public var name = ""
    /// Where to listen.
    public var address = ListenAddress(host: "0.0.0.0", port: 8443)
    /// How to terminate TLS; nil is plain `ws://`, for use behind a load balancer.
    public var tls: ListenerTLSConfiguration?
    /// Whether each connection begins with a PROXY protocol header, version 1 or 2.
    public var proxyProtocol = false
    /// The peers whose `X-Forwarded-For` is believed; from anyone else it is dropped.
    public var trustedProxies: [AddressRange] = []
    /// The length of the kernel's queue of connections not yet accepted.
    public var backlog = 4096
    /// How many TLS handshakes one wake-up of a loop may advance, so that a reconnect storm does not starve open sessions.
    public var handshakesPerWakeup = 8

    /// A plain listener on the default address.
    public init() {}

    /// A listener with this name and address, and every other default.
    public init(name: String, address: ListenAddress, tls: ListenerTLSConfiguration? = nil) {
        self.name = name
        self.address = address
        self.tls = tls
    }
}

extension ListenerConfiguration: ConfigurationSection {
    static let fields: [Field<ListenerConfiguration>] = [
        Field(
            "name", \.name, .name, "The listener's name in logs and metrics; unique among listeners.",
            change: "Choose it once: dashboards are built on it.", isRequired: true),
        Field(
            "address", \.address, .listenAddress,
            "Where to listen: `host:port`, `[v6]:port` or `unix:/path`. Port 0 lets the kernel choose.",
            change: "Name one address to listen on one network only; `[::]:8443` takes IPv6."),
        Field(
            "tls", \.tls, .optional(.section), "How to terminate TLS; without it the listener speaks plain `ws://`.",
            change: "Leave it out only behind a load balancer that terminates TLS."),
        Field(
            "proxy_protocol", \.proxyProtocol, .boolean,
            "Whether each connection begins with a PROXY protocol header, version 1 or 2, that tells the client's address.",
            change: "Turn it on exactly when the load balancer in front sends such headers: a connection without one is closed."),
        Field(
            "trusted_proxies", \.trustedProxies, .list(of: .addressRange),
            """
            The peers (CIDRs) whose `X-Forwarded-For` is believed and extended; from anyone else it is dropped. If any are listed, only they may \
            send PROXY headers.
            """,
            change: "List the load balancers in front, and nothing wider."),
        Field(
            "backlog", \.backlog, .integer(1...65_535), "The length of the kernel's queue of connections not yet accepted.",
            change: "Raise it, with `net.core.somaxconn`, when connections are refused in reconnect storms."),
        Field(
            "handshakes_per_wakeup", \.handshakesPerWakeup, .integer(1...1024),
            "How many TLS handshakes one wake-up of a loop may advance, so that a reconnect storm does not starve open sessions.",
            change: "Lower it when open sessions stutter in storms; raise it when storms take too long to settle."),
    ]

    static var sample: ListenerConfiguration {
        ListenerConfiguration(name: "public", address: ListenerConfiguration().address, tls: .sample)
    }
}
