/// What one loop's part of a pool may do (configuration `pool` and `reconnect`).
public struct PoolPolicy: Sendable, Equatable {
    /// Connections of every kind on this loop at once.
    public var maximum: Int
    /// Connections kept ready for each endpoint on this loop.
    public var warm: Int
    /// Bounds of the waits after failures.
    public var backoff: Backoff

    /// All of them.
    public init(maximum: Int, warm: Int, backoff: Backoff) {
        self.maximum = maximum
        self.warm = warm
        self.backoff = backoff
    }
}
