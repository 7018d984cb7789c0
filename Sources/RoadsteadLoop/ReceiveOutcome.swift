/// What `Socket.receive` brought.
public enum ReceiveOutcome: Hashable, Sendable {
    /// So many bytes, at least one. Fewer than there was room for: nothing more is waiting.
    case bytes(Int)
    /// Nothing is waiting.
    case wouldBlock
    /// The peer has finished sending.
    case endOfStream
    /// The connection is broken, for this `errno`.
    case failed(Int32)
}
