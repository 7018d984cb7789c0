/// What a session wants of a pool.
public struct LeaseRequest: Sendable, Equatable {
    /// What happens while it cannot be had.
    public enum Patience: Sendable, Equatable {
        /// A new session: it waits until then, and is refused.
        case queued(until: Instant)
        /// A session that lost its upstream: it waits, whatever fails, until it is abandoned; not before that moment.
        case held(notBefore: Instant)
        /// A session that could move: now, to a healthy endpoint, or not at all.
        case none
    }

    /// What hashing balances by; nil if there is nothing to hash.
    public var key: UInt64?
    /// What happens while it cannot be had.
    public var patience: Patience
    /// The endpoint that it comes from: another one is better.
    public var avoided: Int?

    /// With these parts.
    public init(key: UInt64? = nil, patience: Patience, avoided: Int? = nil) {
        self.key = key
        self.patience = patience
        self.avoided = avoided
    }
}
