/// What a client asks for with a valid WebSocket upgrade (RFC 6455 section 4.2.1).
public struct WebSocketOffer: Sendable, Equatable {
    /// `Sec-WebSocket-Key`, as it was sent.
    public var key: String
    /// The subprotocols offered, the preferred one first.
    public var subprotocols: [String]
    /// The extensions offered, the preferred one first.
    public var extensions: [WebSocketExtension]

    /// An offer with these parts.
    public init(key: String, subprotocols: [String] = [], extensions: [WebSocketExtension] = []) {
        self.key = key
        self.subprotocols = subprotocols
        self.extensions = extensions
    }
}
