/// The client's side of the opening handshake (RFC 6455 section 4.1).
public struct ClientUpgrade: Sendable, Equatable {
    /// The value of the Host field: a name or address, with its port unless it is the scheme's own.
    public var host: String
    /// The request target: path and query.
    public var target: String
    /// The base64 form of 16 random bytes, fresh for each connection.
    public var key: String
    /// The subprotocols to offer, the preferred one first.
    public var subprotocols: [String]
    /// The compression to offer; nil for none.
    public var compression: DeflateOffer?
    /// Further header fields, written last. Those of the handshake itself are skipped.
    public var extraHeaders: HeaderFields
    /// Header lines that are written as they are, before `extraHeaders`.
    var extraLines: [UInt8] = []

    /// A handshake with these parts.
    public init(host: String, target: String, key: String, subprotocols: [String] = [], extraHeaders: HeaderFields = []) {
        self.host = host
        self.target = target
        self.key = key
        self.subprotocols = subprotocols
        self.extraHeaders = extraHeaders
    }

    /// The request.
    public func serialized() -> [UInt8] {
        var writer = HeadWriter()
        writer.line("GET \(target) HTTP/1.1")
        writer.field("Host", host)
        writer.field("Upgrade", "websocket")
        writer.field("Connection", "Upgrade")
        writer.field("Sec-WebSocket-Key", key)
        writer.field("Sec-WebSocket-Version", "13")
        if !subprotocols.isEmpty { writer.field("Sec-WebSocket-Protocol", subprotocols.joined(separator: ", ")) }
        if let compression { writer.field(WebSocketExtension.fieldName, compression.text) }
        writer.body(extraLines)
        writer.fields(extraHeaders.lazy.filter { !Self.isOwn($0.name) })
        writer.endLine()
        return writer.bytes
    }

    /// Judges the server's answer.
    ///
    /// - Returns: what it agreed to.
    public func verify(_ response: ResponseHead) -> Result<UpgradeAnswer, ClientUpgradeError> {
        guard response.status == 101 else { return .failure(.refused(status: response.status)) }
        let headers = response.headers
        guard headers.contains("Upgrade", token: "websocket"), headers.contains("Connection", token: "upgrade") else {
            return .failure(.notAnUpgrade)
        }
        guard headers.all("Sec-WebSocket-Accept") == [WebSocketAccept.value(forKey: key)] else { return .failure(.wrongAccept) }
        let chosen = headers.all("Sec-WebSocket-Protocol")
        guard chosen.isEmpty || chosen.count == 1 && subprotocols.contains(chosen[0]) else {
            return .failure(.unofferedSubprotocol(chosen.joined(separator: ", ")))
        }
        return agreedCompression(headers).map { UpgradeAnswer(subprotocol: chosen.first, compression: $0) }
    }

    private func agreedCompression(_ headers: HeaderFields) -> Result<DeflateAgreement?, ClientUpgradeError> {
        guard let extensions = WebSocketExtension.list(in: headers) else {
            return .failure(.invalidExtension("the Sec-WebSocket-Extensions header field is malformed"))
        }
        guard let first = extensions.first else { return .success(nil) }
        guard let compression, first.name == DeflateAgreement.name else { return .failure(.unofferedExtension(first.name)) }
        guard extensions.count == 1 else { return .failure(.unofferedExtension(extensions[1].name)) }
        return compression.judge(first).map { $0 }
    }

    static func isOwn(_ name: String) -> Bool {
        ASCII.hasPrefixIgnoringCase(name, "Sec-WebSocket-")
            || ["Host", "Upgrade", "Connection", "Content-Length", "Transfer-Encoding"].contains { ASCII.equalIgnoringCase(name, $0) }
    }
}
