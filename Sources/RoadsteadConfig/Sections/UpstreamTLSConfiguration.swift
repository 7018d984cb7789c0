/// How `wss://` endpoints of an upstream are verified, and what the gateway shows to them.
public struct UpstreamTLSConfiguration: Sendable, Equatable {
    /// The path of the PEM file with the authorities that may sign endpoint certificates; empty is the system's store.
    public var ca = ""
    /// Whether endpoint certificates and their names are verified.
    public var verify = true
    /// The name sent as SNI and verified; empty is the endpoint's host.
    public var serverName = ""
    /// The path of the client certificate shown to endpoints; empty shows none.
    public var certificate = ""
    /// The path of the private key of `certificate`.
    public var key = ""

    /// The defaults: verified against the system's store.
    public init() {}
}
