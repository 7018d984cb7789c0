/// A token bucket: it holds one second's worth, fills at an even rate, and may be left in debt by what must pass whole. Exact: neither
/// rounding nor the number of questions asked gives more than the rate.
public struct TokenBucket: Sendable, Equatable {
    /// Tokens a second, and the most that it holds.
    public let rate: Int
    /// Tokens in it at the last refill; below zero is debt.
    public private(set) var tokens: Int
    /// When it had these tokens and no fraction of another.
    private var since: Instant

    private static let second: Int128 = 1_000_000_000_000_000_000

    /// A full bucket.
    public init(rate: Int, at now: Instant) {
        precondition(rate > 0, "A bucket that never fills is no bucket.")
        self.rate = rate
        tokens = rate
        since = now
    }

    /// Whether it was full at the last refill.
    public var isFull: Bool { tokens == rate }

    /// Time passed. A clock that stands still or goes back gives nothing, and nothing twice afterwards.
    public mutating func refill(at now: Instant) {
        guard now > since else { return }
        guard tokens < rate, now < moment(of: rate) else {
            tokens = rate
            since = now
            return
        }
        let added = Int(since.duration(to: now).attoseconds * Int128(rate) / Self.second)
        // Only as far as those tokens took: the fraction is not lost.
        since += time(for: added)
        tokens += added
    }

    /// Something passed, whether or not there were enough tokens for it.
    public mutating func take(_ count: Int) { tokens -= count }

    /// When it has `count` tokens if nothing more is taken; not later than now if it has them.
    public func moment(of count: Int) -> Instant { since + time(for: max(0, min(count, rate) - tokens)) }

    /// Rounded up, so that a timer that fires then finds the tokens.
    private func time(for count: Int) -> Duration {
        Duration(attoseconds: (Int128(count) * Self.second + Int128(rate) - 1) / Int128(rate))
    }
}
