/// The header fields that an upstream gets of a client's request: the client's own but those that concern only the client's
/// connection (RFC 9110 section 7.6.1), and who the client is (RFC 7239). The fields of the handshake are `ClientUpgrade`'s.
public struct ForwardedRequest: Sendable, Equatable {
    /// What the gateway knows about the client.
    public struct Context: Sendable, Equatable {
        /// The peer's IP address without a port or brackets; anything else, such as the path of a Unix socket, is told as `unknown`.
        public var clientAddress: String
        /// Whether the client came over TLS.
        public var isSecure: Bool
        /// The session's id.
        public var sessionID: String
        /// 1 on the first attachment, 2, 3 … after a loss; nil leaves the field to whoever sends the request.
        public var attach: Int?
        /// The authenticated user; nil if there is none.
        public var user: String?
        /// The subject of the client's verified certificate, in printable ASCII; nil if it showed none.
        public var clientCertificate: String?
        /// Whether the peer is a trusted proxy: its X-Forwarded-* and Forwarded fields are extended rather than dropped, and X-Real-IP and
        /// its like go on.
        public var trustsForwarded: Bool

        /// A context with these parts.
        public init(
            clientAddress: String, isSecure: Bool, sessionID: String, attach: Int? = nil, user: String? = nil,
            clientCertificate: String? = nil, trustsForwarded: Bool = false
        ) {
            self.clientAddress = clientAddress
            self.isSecure = isSecure
            self.sessionID = sessionID
            self.attach = attach
            self.user = user
            self.clientCertificate = clientCertificate
            self.trustsForwarded = trustsForwarded
        }
    }

    /// The fields for `ClientUpgrade.extraHeaders`.
    public let headers: HeaderFields

    /// Makes the fields for one attachment.
    public init(_ head: RequestHead, context: Context) {
        let connectionOptions = Set(head.headers.listElements("Connection").map { ASCII.lowercase($0) })
        var headers = HeaderFields(
            head.headers.fields.filter { field in
                let name = ASCII.lowercase(field.name)
                return !connectionOptions.contains(name) && !Self.isDropped(name, isTrusted: context.trustsForwarded)
            })
        Self.appendForwarded(to: &headers, from: head.headers, context: context)
        headers.append("Roadstead-Session", context.sessionID)
        if let attach = context.attach { headers.append("Roadstead-Attach", String(attach)) }
        if let user = context.user { headers.append("Roadstead-User", user) }
        if let subject = context.clientCertificate { headers.append("Roadstead-Client-Certificate", subject) }
        self.headers = headers
    }

    private static let droppedNames: Set<String> = [
        "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "host", "forwarded", "content-length",
        // Nothing is sent that would wait for a 100 (RFC 9110 section 10.1.1).
        "expect",
    ]
    private static let droppedPrefixes = ["proxy-", "sec-websocket-", "roadstead-", "x-forwarded-"]
    /// Where other proxies tell the client's address, and where many backends believe it of anybody.
    private static let addressNames: Set<String> = [
        "x-real-ip", "true-client-ip", "cf-connecting-ip", "x-client-ip", "x-cluster-client-ip",
    ]

    /// Many servers hand `a_b` and `a-b` to their applications as one and the same variable (RFC 3875 section 4.1.18), so both are dropped.
    private static func isDropped(_ lowercaseName: String, isTrusted: Bool) -> Bool {
        // In just this spelling: another one is not what a proxy writes, but what it has let through.
        if isTrusted && addressNames.contains(lowercaseName) { return false }
        let name = String(lowercaseName.map { $0 == "_" ? "-" : $0 })
        return droppedNames.contains(name) || addressNames.contains(name) || droppedPrefixes.contains { name.hasPrefix($0) }
    }

    private static func appendForwarded(to headers: inout HeaderFields, from client: HeaderFields, context: Context) {
        let isTrusted = context.trustsForwarded
        let proto = context.isSecure ? "https" : "http"
        let host = client.first("Host")
        func earlier(_ name: String) -> [String] { isTrusted ? client.listElements(name) : [] }

        let address = isIPAddress(context.clientAddress) ? context.clientAddress : "unknown"
        let earlierClients = isTrusted ? client.commaSeparated("X-Forwarded-For") : []
        headers.append("X-Forwarded-For", (earlierClients + [address]).joined(separator: ", "))
        headers.append("X-Forwarded-Proto", earlier("X-Forwarded-Proto").first ?? proto)
        if let forwardedHost = earlier("X-Forwarded-Host").first ?? host { headers.append("X-Forwarded-Host", forwardedHost) }

        let node = address.utf8.contains(ASCII.colon) ? "\"[\(address)]\"" : address
        let hostPair = host.map { ";host=\(ASCII.isToken($0) ? $0 : "\"\($0)\"")" } ?? ""
        headers.append("Forwarded", (earlier("Forwarded") + ["for=\(node);proto=\(proto)\(hostPair)"]).joined(separator: ", "))
    }

    /// Good enough to tell an address from a path: what it judges comes from the kernel.
    private static func isIPAddress(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { ASCII.hexadecimalValue($0) != nil || $0 == ASCII.colon || $0 == UInt8(ascii: ".") }
    }
}
