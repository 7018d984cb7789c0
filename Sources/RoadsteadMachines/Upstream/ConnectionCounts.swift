/// Connections to one endpoint, by state (DESIGN section 6).
public struct ConnectionCounts: Sendable, Equatable {
    /// TCP, TLS or the upgrade is under way.
    public var connecting = 0
    /// Ready for a session.
    public var warm = 0
    /// Carrying a session.
    public var leased = 0
    /// Wanted warm ones that wait until the endpoint can be reached again.
    public var backingOff = 0
    /// In their close handshake.
    public var closing = 0

    /// None.
    public init() {}

    /// Those that exist.
    public var total: Int { connecting + warm + leased + closing }

    /// Both together.
    public static func + (one: ConnectionCounts, other: ConnectionCounts) -> ConnectionCounts {
        var sum = one
        sum.connecting += other.connecting
        sum.warm += other.warm
        sum.leased += other.leased
        sum.backingOff += other.backingOff
        sum.closing += other.closing
        return sum
    }
}
