/// What a client asks for with a valid WebSocket upgrade (RFC 6455 section 4.2.1).
public struct WebSocketOffer: Sendable, Equatable {
    /// `Sec-WebSocket-Key`, as it was sent.
    public var key: String
    /// The subprotocols offered, the preferred one first.
    public var subprotocols: [String]
    /// The extensions offered, each with its parameters, as they were sent.
    public var extensions: [String]

    /// An offer with these parts.
    public init(key: String, subprotocols: [String] = [], extensions: [String] = []) {
        self.key = key
        self.subprotocols = subprotocols
        self.extensions = extensions
    }
}
