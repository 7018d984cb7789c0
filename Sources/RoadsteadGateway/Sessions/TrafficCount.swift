/// What passed in one direction.
public struct TrafficCount: Sendable, Equatable {
    /// Whole messages.
    public var messages: UInt64 = 0
    /// Payload bytes, headers and TLS not counted.
    public var bytes: UInt64 = 0

    /// Adds a chunk of a message; whole messages count when their last one comes.
    mutating func add(_ count: Int, isWhole: Bool) {
        bytes &+= UInt64(count)
        if isWhole { messages &+= 1 }
    }
}
