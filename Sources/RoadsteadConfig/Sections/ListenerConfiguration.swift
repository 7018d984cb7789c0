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
