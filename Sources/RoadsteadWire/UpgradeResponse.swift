/// The response that makes a connection a WebSocket (RFC 6455 section 4.2.2).
public struct UpgradeResponse: Sendable, Equatable {
    /// The client's `Sec-WebSocket-Key`.
    public var key: String
    /// The subprotocol chosen from the client's offer; nil for none.
    public var subprotocol: String?
    /// How messages may be compressed; nil for not at all.
    public var compression: DeflateAgreement?
    /// Further header fields, such as `Roadstead-Session`.
    public var headers: HeaderFields

    /// A response with these parts.
    public init(key: String, subprotocol: String? = nil, compression: DeflateAgreement? = nil, headers: HeaderFields = []) {
        self.key = key
        self.subprotocol = subprotocol
        self.compression = compression
        self.headers = headers
    }

    /// The bytes to send; frames follow.
    public func serialized() -> [UInt8] {
        var writer = HeadWriter()
        writer.line("HTTP/1.1 101 \(HTTPStatus.reason(101))")
        writer.field("Upgrade", "websocket")
        writer.field("Connection", "Upgrade")
        writer.field("Sec-WebSocket-Accept", WebSocketAccept.value(forKey: key))
        if let subprotocol { writer.field("Sec-WebSocket-Protocol", subprotocol) }
        if let compression { writer.field(WebSocketExtension.fieldName, compression.text) }
        writer.fields(headers)
        writer.endLine()
        return writer.bytes
    }
}
