import RoadsteadWire

/// What a WebSocket peer received.
enum Incoming: Equatable {
    case text(String)
    case binary([UInt8])
    case ping([UInt8])
    case pong([UInt8])
    case close(code: UInt16?, reason: String)
    case violation(ProtocolViolation)
    /// The stream is over.
    case ended(BlockingStream.End)
}
