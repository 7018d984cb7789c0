import RoadsteadWire

/// What a server sent, in whole messages.
enum WebSocketEvent: Equatable {
    /// A text message.
    case text(String)
    /// A binary message of so many bytes.
    case binary(Int)
    /// A ping of so many bytes, which was answered.
    case ping(Int)
    /// A pong with its payload.
    case pong([UInt8])
    /// The server's close. Nothing follows.
    case close(CloseFrame)
    /// The server broke the protocol. Nothing follows.
    case violation(ProtocolViolation)
}
