/// The operators' listener: health, metrics, the ops page and the admin API, over plain HTTP.
public struct AdminConfiguration: Sendable, Equatable {
    /// Where to listen; anything but loopback and unix sockets needs a token.
    public var address = ListenAddress(host: "127.0.0.1", port: 9090)
    /// The file with the bearer token that the admin API asks for.
    public var tokenFile = SecretFile()
    /// Whether `/metrics` is answered without the token.
    public var publicMetrics = true

    /// The bearer token, or nil when none is asked for.
    public var token: String? { tokenFile.text }

    /// The defaults: loopback, no token.
    public init() {}
}
