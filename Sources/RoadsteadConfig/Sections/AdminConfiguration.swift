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

extension AdminConfiguration: ConfigurationSection {
    static let fields: [Field<AdminConfiguration>] = [
        Field(
            "address", \.address, .listenAddress, "Where to listen: `host:port`, `[v6]:port` or `unix:/path`.",
            change: "Take another loopback port when this one is taken; off loopback, `token_file` is needed."),
        Field(
            "token_file", \.tokenFile, .secretFile,
            "The bearer token for everything but `/healthz`, `/readyz` and, if `public_metrics`, `/metrics`.",
            change: "Set it whenever others can reach the address."),
        Field(
            "public_metrics", \.publicMetrics, .boolean, "Whether `/metrics` is answered without the token.",
            change: "Turn it off when metrics may not be seen by all who reach the address."),
    ]

    func check(at path: ConfigurationPath, reading: inout Reading) {
        let tokenPlace = path.appending("token_file")
        if tokenFile.bytes == nil, !address.isLocal {
            reading.report(
                "\(address.text) can be reached by others, so a token is needed; set admin.token_file, or listen on 127.0.0.1",
                at: path.appending("address"), comparedWith: [tokenPlace])
        }
        if let bytes = tokenFile.bytes, !bytes.allSatisfy({ (0x21...0x7E).contains($0) }) {
            reading.report("the token in \(tokenFile.path) has spaces or characters beyond ASCII; write one word into it", at: tokenPlace)
        }
    }
}
