/// What `Socket.accept` found.
public enum AcceptOutcome: Hashable, Sendable {
    /// A connection: its descriptor, which the caller owns, and the peer's address.
    case accepted(Int32, SocketAddress)
    /// Nobody is waiting.
    case wouldBlock
    /// The process or the system is out of descriptors or memory: pause accepting. The connection stays in the backlog.
    case outOfDescriptors
    /// This connection was gone before it was accepted: try the next one.
    case retry
    /// The listener is unusable, for this `errno`.
    case failed(Int32)
}
