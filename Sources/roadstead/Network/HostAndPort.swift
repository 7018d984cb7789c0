/// A host and perhaps a port, as URLs have them (RFC 3986 section 3.2).
struct HostAndPort: Equatable {
    /// The host name, or the IP address without brackets.
    let host: String
    /// The port, if there is one.
    let port: UInt16?

    /// Takes `host`, `host:port`, `[v6]` or `[v6]:port` apart, or says in words what is wrong.
    static func parse(_ text: Substring) -> Result<HostAndPort, URLFault> {
        let host: Substring
        let rest: Substring
        if text.hasPrefix("[") {
            guard let bracket = text.firstIndex(of: "]") else { return .failure("the bracket after the IPv6 address is missing") }
            host = text[..<bracket].dropFirst()
            rest = text[bracket...].dropFirst()
        } else {
            host = text.prefix { $0 != ":" }
            rest = text[host.endIndex...]
        }
        guard !host.isEmpty else { return .failure("the host is missing") }
        guard !rest.isEmpty else { return .success(HostAndPort(host: String(host), port: nil)) }
        guard rest.hasPrefix(":"), rest.dropFirst().utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(rest.dropFirst()),
            port > 0
        else { return .failure("the port is a number from 1 to 65535, and an IPv6 address stands in brackets") }
        return .success(HostAndPort(host: String(host), port: port))
    }
}
