/// What `Socket.send` achieved.
public enum SendOutcome: Hashable, Sendable {
    /// The kernel took so many bytes, which may be fewer than were given.
    case sent(Int)
    /// The kernel has no room now.
    case wouldBlock
    /// The connection is broken, for this `errno`.
    case failed(Int32)
}
