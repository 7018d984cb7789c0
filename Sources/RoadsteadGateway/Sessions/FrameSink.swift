import RoadsteadWire

/// Where frames go: a connection, or what keeps them until there is one.
protocol FrameSink {
    /// Queues one frame.
    func send(_ header: FrameHeader, payload: RawSpan)
}

extension Connection: FrameSink {}
