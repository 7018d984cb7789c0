/// What a loop has done since it started.
public struct LoopStatistics: Hashable, Sendable {
    /// Time between wake-ups and the waits that followed them: `busy / total` is the loop's utilisation.
    public let busy: Duration
    /// Time since the start.
    public let total: Duration
    /// How often the loop returned from waiting.
    public let wakeUps: UInt64
    /// Timers armed now.
    public let timersArmed: Int
    /// Descriptors registered now.
    public let registrations: Int
}
