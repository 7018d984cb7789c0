/// What `MessageReceiver.next` found. Plain bits throughout: to pass one on copies no reference and touches no heap.
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
