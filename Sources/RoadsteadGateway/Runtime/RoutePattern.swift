/// The patterns of `routes.match`.
enum RoutePattern {
    /// `*`, a name, or `*.name` for any names below it; the request's port does not count, letter case neither.
    static func matches(host: String, pattern: String) -> Bool {
        guard pattern != "*" else { return true }
        let name = withoutPort(host).lowercased()
        let wanted = pattern.lowercased()
        guard wanted.hasPrefix("*.") else { return name == withoutPort(wanted) }
        return name.hasSuffix(wanted.dropFirst()) && name.count > wanted.count - 1
    }

    /// Exact, or with `*` for any run of characters.
    static func matches(path: String, pattern: String) -> Bool {
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1, let first = parts.first, let last = parts.last else { return path == pattern }
        guard path.hasPrefix(first), path.utf8.count >= first.utf8.count + last.utf8.count else { return false }
        var rest = path.dropFirst(first.count)
        guard rest.hasSuffix(last) else { return false }
        rest = rest.dropLast(last.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }

    private static func withoutPort(_ host: String) -> Substring {
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") { return host[...end] }
        return host.prefix { $0 != ":" }
    }
}

extension Substring {
    /// Where the other text first stands in this one.
    fileprivate func firstRange(of other: Substring) -> Range<Index>? {
        var start = startIndex
        while start <= endIndex {
            if self[start...].hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
            guard start < endIndex else { return nil }
            start = index(after: start)
        }
        return nil
    }
}
