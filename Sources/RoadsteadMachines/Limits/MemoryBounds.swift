// The most bytes that all sessions together may have queued: `limits.memory`.
//
//              more than the limit                more than 5/4 of it
//     free ──────────────────────────▶ pressed ──────────────────────▶ the longest queues are cut
//       ▲                                 │                              until the limit is kept
//       └── no more than 7/8 of the limit ┘

/// Decides what the sum of all queues means.
public struct MemoryBounds: Sendable, Equatable {
    /// `limits.memory`, in bytes.
    public let limit: Int

    /// What a queue may have while memory is short, in bytes, if its own limit is not smaller.
    public static let floor = 16 * 1024

    /// - Parameter limit: in bytes, above zero.
    public init(limit: Int) {
        precondition(limit > 0, "No limit is not a limit of zero.")
        self.limit = limit
    }

    /// Whether memory is short with `total` bytes queued, given whether it was.
    public func isPressed(_ total: Int, before wasPressed: Bool) -> Bool {
        wasPressed ? total > limit - limit / 8 : total > limit
    }

    /// Whether the longest queues must go.
    public func isOverflowing(_ total: Int) -> Bool { total > limit + limit / 4 }

    /// What one queue may have.
    public func bounded(_ queue: Int, isPressed: Bool) -> Int { isPressed ? min(queue, Self.floor) : queue }
}
