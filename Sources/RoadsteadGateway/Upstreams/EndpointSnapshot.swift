import RoadsteadMachines

/// One endpoint on one shard, or on all of them together.
public struct EndpointSnapshot: Sendable, Equatable {
    /// Connections by state.
    public var connections = ConnectionCounts()
    /// Sessions whose attempt at it is under way.
    public var waiting = 0

    /// Both together.
    static func + (one: EndpointSnapshot, other: EndpointSnapshot) -> EndpointSnapshot {
        EndpointSnapshot(connections: one.connections + other.connections, waiting: one.waiting + other.waiting)
    }
}
