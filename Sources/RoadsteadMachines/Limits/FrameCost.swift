/// What frames that a client sent count for against its rates. A message counts as one, however large and in however many fragments, and
/// so does a ping or a pong; a fragment counts as one more if it has little in it, so that nothing is to be had by cutting messages small.
/// Bytes are the payload's, and one for each frame that counts.
public struct FrameCost: Sendable, Equatable {
    /// Against `messages_per_second`.
    public var messages: Int
    /// Against `bytes_per_second`.
    public var bytes: Int

    /// - Parameters:
    ///   - frames: how many frames began that count.
    ///   - payload: bytes of their payloads that have come.
    public init(frames: Int, payload: Int) {
        messages = frames
        bytes = payload + frames
    }
}
