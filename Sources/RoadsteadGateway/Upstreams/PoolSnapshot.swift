/// One upstream on one shard, or on all of them together.
public struct PoolSnapshot: Sendable, Equatable {
    /// In the order of the configuration.
    public var endpoints: [EndpointSnapshot]
    /// Sessions that wait for a connection, attempts under way not counted.
    public var waiting: Int

    /// Both together.
    static func + (one: PoolSnapshot, other: PoolSnapshot) -> PoolSnapshot {
        PoolSnapshot(endpoints: zip(one.endpoints, other.endpoints).map { $0 + $1 }, waiting: one.waiting + other.waiting)
    }
}

extension UpstreamPool {
    /// What operators see.
    func snapshot() -> PoolSnapshot {
        PoolSnapshot(
            endpoints: runtime.endpoints.indices.map { EndpointSnapshot(connections: machine.counts($0), waiting: machine.attempts($0)) },
            waiting: machine.waitingCount)
    }
}
