/// Where a gateway's admin API is: `http://host:port` or `unix:/path`.
struct AdminAddress: Equatable {
    /// What to connect to.
    let target: ClientConnection.Target
    /// The value of the Host field.
    let hostField: String

    /// Takes an address apart, or says in words what is wrong with it. `http://` may be left out.
    static func parse(_ text: String) -> Result<AdminAddress, URLFault> {
        if text.hasPrefix("unix:") {
            return .success(AdminAddress(target: .unix(path: String(text.dropFirst("unix:".count))), hostField: "localhost"))
        }
        guard !text.lowercased().hasPrefix("https://") else { return .failure("the admin API speaks plain HTTP: write http://") }
        var rest = text[...]
        if rest.lowercased().hasPrefix("http://") { rest = rest.dropFirst("http://".count) }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        guard rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !rest.contains(where: { "/?#@".contains($0) }) else {
            return .failure("it is a host and a port, as in http://127.0.0.1:9090")
        }
        return HostAndPort.parse(rest).map { parts in
            let port = parts.port ?? 80
            let name = parts.host.contains(":") ? "[\(parts.host)]" : parts.host
            return AdminAddress(target: .internet(host: parts.host, port: port), hostField: "\(name):\(port)")
        }
    }
}
