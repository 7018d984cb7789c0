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

extension LimitsConfiguration: ConfigurationSection {
    static let fields: [Field<LimitsConfiguration>] = [
        Field(
            "sessions", \.sessions, .integer(1...100_000_000), "The most sessions at one time; more are refused with 503.",
            change: "Set it to what the memory and the descriptors of the machine can hold."),
        Field(
            "sessions_per_address", \.sessionsPerAddress, .integer(0...100_000_000, zero: "no limit"),
            "The most sessions from one client address at one time; more are refused with 429.",
            change: "Set it against single abusers; mind offices and carriers behind one address. An IPv6 client is its /64."),
        Field(
            "header", \.header, .size(1024...(1 << 20)), "The largest request head; a larger one is refused with 431.",
            change: "Raise it for clients with very large cookies."),
        Field(
            "memory", \.memory, .size(0...(1 << 40), zero: "no limit"),
            "The most bytes queued in all sessions together; beyond it new sessions are refused with 503, and each queue is held to 16 KiB "
                + "by its route's `on_slow_client`.",
            change: "Set it to the memory that slow clients may take in all."),
    ]
}
