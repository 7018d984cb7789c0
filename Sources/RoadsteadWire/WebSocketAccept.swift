/// The proof that a server understood a WebSocket upgrade (RFC 6455 section 4.2.2).
public enum WebSocketAccept {
    /// `Sec-WebSocket-Accept` for this `Sec-WebSocket-Key`.
    public static func value(forKey key: String) -> String {
        Base64.encode(SHA1.digest(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
    }
}
