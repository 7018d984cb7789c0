/// The machines' time: always an argument, never read from a clock here.
public typealias Instant = ContinuousClock.Instant

extension Instant {
    /// Later than anything that will happen: the deadline of what is not awaited. About 290 years after the clock's origin.
    public static let never = ContinuousClock.now.advanced(by: .seconds(9_000_000_000))
}
