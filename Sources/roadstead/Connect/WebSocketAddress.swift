/// A `ws://` or `wss://` URL (RFC 6455 section 3), taken apart.
struct WebSocketAddress: Equatable {
    /// Whether TLS is spoken.
    let isSecure: Bool
    /// The host name, or the IP address without brackets.
    let host: String
    /// The port; 80 or 443 if the URL has none.
    let port: UInt16
    /// The path and the query, `/` if the URL has none.
    let target: String

    /// The value of the Host field: with the port unless it is the scheme's own.
    var hostField: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// Takes a URL apart, or says in words what is wrong with it.
    static func parse(_ text: String) -> Result<WebSocketAddress, URLFault> {
        let scheme = text.prefix { $0 != ":" }.lowercased()
        guard scheme == "ws" || scheme == "wss", text.dropFirst(scheme.count).hasPrefix("://") else {
            return .failure("it begins with ws:// or wss://")
        }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return .failure("percent-encode spaces and characters beyond ASCII")
        }
        guard !text.contains("#") else { return .failure("a WebSocket has no fragment: write %23 for #") }
        let rest = text.dropFirst(scheme.count + "://".count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        var target = String(rest[authority.endIndex...])
        if !target.hasPrefix("/") { target = "/" + target }
        guard !authority.contains("@") else { return .failure("a user or password cannot stand in it; send a header instead") }
        let isSecure = scheme == "wss"
        return HostAndPort.parse(authority).map { parts in
            WebSocketAddress(isSecure: isSecure, host: parts.host, port: parts.port ?? (isSecure ? 443 : 80), target: target)
        }
    }
}
