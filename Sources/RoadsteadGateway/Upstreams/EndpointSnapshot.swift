/// One endpoint on one shard, for operators.
public struct EndpointSnapshot: Sendable, Equatable {
    /// Its upstream's name.
    public var upstream: String
    /// As configured.
    public var address: String
    /// Connections that sessions use or wait for.
    public var sessions: Int
    /// Attempts that failed.
    public var failures: UInt64
}
