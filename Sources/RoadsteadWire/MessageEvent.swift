/// What `MessageReceiver.next` found. Small, so that it is returned in registers; only control payloads are on the heap.
public enum MessageEvent: Sendable, Equatable {
    /// A data message, or a piece of one.
    case data(MessageChunk)
    /// A ping, which wants a pong with the same payload.
    case ping(ControlPayload)
    /// A pong.
    case pong(ControlPayload)
    /// The peer's close. Nothing follows.
    case close(CloseFrame)
    /// The peer broke the protocol. Nothing follows.
    case violation(ProtocolViolation)
}
