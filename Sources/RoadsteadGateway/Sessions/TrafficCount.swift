/// What passed in one direction.
public struct TrafficCount: Sendable, Equatable {
    /// Whole messages.
    public var messages: UInt64 = 0
    /// Payload bytes, headers and TLS not counted.
    public var bytes: UInt64 = 0
}
