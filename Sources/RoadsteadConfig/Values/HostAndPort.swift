/// `host:port` or `[v6]:port`, taken apart.
struct HostAndPort: Equatable {
    /// A name, or an IP address without brackets.
    let host: String
    /// The port; nil when none was written.
    let port: UInt16?

    /// Takes `text` apart, or says in words what is wrong with it.
    static func parse(_ text: some StringProtocol) -> Result<HostAndPort, ValueFault> {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return .failure("the `[` has no `]`") }
            let host = text[text.index(after: text.startIndex)..<end]
            guard IPLiteral(host)?.bytes.count == 16 else { return .failure("`\(host)` is not an IPv6 address") }
            return parse(port: text[text.index(after: end)...], host: String(host))
        }
        let host = text.prefix { $0 != ":" }
        let rest = text[host.endIndex...]
        guard !rest.dropFirst().contains(":") else { return .failure("an IPv6 address stands in brackets, as in [::1]:8443") }
        guard !host.isEmpty else { return .failure("the host is missing; 0.0.0.0 is every IPv4 address of the machine") }
        guard IPLiteral(host) != nil || HostName.isValid(host) else {
            return .failure("`\(host)` is neither an IP address nor a host name")
        }
        return parse(port: rest, host: String(host))
    }

    private static func parse(port text: some StringProtocol, host: String) -> Result<HostAndPort, ValueFault> {
        if text.isEmpty { return .success(HostAndPort(host: host, port: nil)) }
        let digits = text.dropFirst()
        guard text.hasPrefix(":"), digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = UInt16(digits) else {
            return .failure("the port `\(digits)` is not a number from 0 to 65535")
        }
        return .success(HostAndPort(host: host, port: port))
    }
}
