/// Bounds of the whole gateway.
public struct LimitsConfiguration: Sendable, Equatable {
    /// The most sessions at one time; more are refused with 503.
    public var sessions = 100_000
    /// The most sessions from one client address at one time; 0 is no limit.
    public var sessionsPerAddress = 0
    /// The largest request head, in bytes; a larger one is refused with 431.
    public var header = 16 << 10
    /// The most bytes queued in all sessions together; 0 is no limit.
    public var memory = 0

    /// The defaults.
    public init() {}
}
