extension SocketAddress: CustomStringConvertible {
    /// Reads `127.0.0.1:80`, `[::1]:80`, `[fe80::1%eth0]:80` or `unix:/path`. No names: those are `Resolver`'s.
    public init?(parsing text: String) {
        if text.hasPrefix("unix:") {
            self.init(unixPath: String(text.dropFirst("unix:".count)))
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = Self.port(text[text.index(after: colon)...]) else { return nil }
        let host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            self.init(ipv6Text: host.dropFirst().dropLast(), port: port)
        } else {
            guard let address = Self.ipv4(String(host)) else { return nil }
            self.init(ipv4: address, port: port)
        }
    }

    private init?(ipv6Text text: Substring, port: UInt16) {
        var address = text
        var scope: UInt32 = 0
        if let percent = text.firstIndex(of: "%") {
            address = text[..<percent]
            guard let found = Self.interface(String(text[text.index(after: percent)...])) else { return nil }
            scope = found
        }
        guard let (high, low) = Self.ipv6(String(address)) else { return nil }
        self.init(ipv6High: high, low: low, scope: scope, port: port)
    }

    /// Decimal digits only, 0 to 65535.
    private static func port(_ text: Substring) -> UInt16? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return UInt16(text)
    }

    /// Without the port: `1.2.3.4`, `::1`, or the path of a unix socket.
    public var host: String {
        switch storage {
        case .v4(let address, _):
            return "\(address >> 24).\(address >> 16 & 0xFF).\(address >> 8 & 0xFF).\(address & 0xFF)"
        case .v6(let high, let low, let scope, _):
            let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> UInt64(48 - 16 * ($0 % 4))) }
            return Self.text(of: groups) + (scope == 0 ? "" : "%\(scope)")
        case .unix(let path):
            return path
        }
    }

    /// RFC 5952: lower case, no leading zeros, the first longest run of two or more zero groups as `::`.
    private static func text(of groups: [UInt16]) -> String {
        var longest = 0..<0
        var start = 0
        while start < groups.count {
            var end = start
            while end < groups.count, groups[end] == 0 { end += 1 }
            if end - start > longest.count { longest = start..<end }
            start = max(end, start + 1)
        }
        let words = groups.map { String($0, radix: 16) }
        guard longest.count > 1 else { return words.joined(separator: ":") }
        return words[..<longest.lowerBound].joined(separator: ":") + "::" + words[longest.upperBound...].joined(separator: ":")
    }

    /// As `init(parsing:)` reads it: `1.2.3.4:5`, `[::1]:5`, `unix:/path`.
    public var description: String {
        switch storage {
        case .v4: "\(host):\(port)"
        case .v6: "[\(host)]:\(port)"
        case .unix: "unix:\(host)"
        }
    }
}
