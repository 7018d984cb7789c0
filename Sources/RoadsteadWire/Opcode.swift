/// What a WebSocket frame is (RFC 6455 section 5.2). Values not listed here are reserved and fail the connection.
public enum Opcode: UInt8, Sendable {
    /// A further fragment of the message that is under way.
    case continuation = 0x0
    /// The first fragment of a text message.
    case text = 0x1
    /// The first fragment of a binary message.
    case binary = 0x2
    /// The closing handshake.
    case close = 0x8
    /// Asks the peer for a pong.
    case ping = 0x9
    /// Answers a ping, or comes unasked as a heartbeat.
    case pong = 0xA

    /// Close, ping and pong: never fragmented, 125 payload bytes at most, allowed between the fragments of a message.
    @inlinable public var isControl: Bool { rawValue & 0x8 != 0 }
}
