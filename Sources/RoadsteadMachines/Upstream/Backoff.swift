/// Waits between attempts: exponential with full jitter.
///
/// The n-th wait, from 0 on, is uniform in `0 ... min(maximum, initial * 2^n)`: many gateways that lost one backend come back spread over the
/// whole bound rather than in step.
public struct Backoff: Sendable, Equatable {
    private let initial: Duration
    private let maximum: Duration
    /// The upper bound of the next wait. Kept instead of n, so that there is nothing that could overflow.
    public private(set) var bound: Duration

    /// - Parameters:
    ///   - initial: the upper bound of the first wait.
    ///   - maximum: the upper bound of every wait, the first included.
    public init(initial: Duration, maximum: Duration) {
        self.initial = min(initial, maximum)
        self.maximum = maximum
        bound = self.initial
    }

    /// The next wait; the one after it may be twice as long.
    public mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let wait = Duration.random(upTo: bound, using: &generator)
        bound = bound > maximum / 2 ? maximum : bound * 2
        return wait
    }

    /// It worked: the next wait is a first one again.
    public mutating func reset() { bound = initial }
}
