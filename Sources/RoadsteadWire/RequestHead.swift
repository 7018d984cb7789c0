/// The head of an HTTP request: its request line and header fields (RFC 9112 section 3).
public struct RequestHead: Sendable, Equatable {
    /// The method, such as `GET`; case counts.
    public var method: String
    /// The request target in origin form: the path and, after a question mark, the query. One that came in absolute form is brought into it.
    public var target: String
    /// The minor version: 1 for HTTP/1.1, 0 for HTTP/1.0.
    public var versionMinor: Int
    /// The header fields.
    public var headers: HeaderFields

    /// A head with these parts.
    public init(method: String, target: String, versionMinor: Int = 1, headers: HeaderFields = []) {
        self.method = method
        self.target = target
        self.versionMinor = versionMinor
        self.headers = headers
    }

    /// The target's path as it was sent, percent-encoding kept.
    public var path: String { String(Substring(target.utf8.prefix { $0 != UInt8(ascii: "?") })) }

    /// The path as backends may read it, which is what routes go by: what is percent-encoded decoded, and slashes that follow each other as one.
    public var readPath: String { RequestTarget.read(path) }

    /// What follows the target's first question mark, as it was sent; nil if there is none.
    public var query: String? {
        guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
        return String(target[target.utf8.index(after: mark)...])
    }

    /// Whether the connection stays open after the response: HTTP/1.1 without `Connection: close` (RFC 9112 section 9.3).
    public var keepsAlive: Bool { versionMinor >= 1 && !headers.contains("Connection", token: "close") }

    /// The same head with `authority` for its Host field, in the place of what was there (RFC 9112 section 3.2.2).
    func addressed(to authority: String) -> RequestHead {
        var head = self
        let fields = headers.fields.map { ASCII.equalIgnoringCase($0.name, "Host") ? HeaderField(name: $0.name, value: authority) : $0 }
        head.headers = HeaderFields(fields)
        if head.headers.first("Host") == nil { head.headers.append("Host", authority) }
        return head
    }
}
