/// The durations a session lives by (configuration `timeouts` and `heartbeat`); `nil` = never.
public struct SessionPolicy: Sendable, Equatable {
    /// From the accept to a whole request head.
    public var handshake: Duration?
    /// Without a message in either direction.
    public var idle: Duration?
    /// From the accept, whatever happens.
    public var lifetime: Duration?
    /// For the peer to answer a close, and then to close its end.
    public var close: Duration?
    /// Pings.
    public var heartbeat: HeartbeatPolicy

    /// All of them.
    public init(handshake: Duration?, idle: Duration?, lifetime: Duration?, close: Duration?, heartbeat: HeartbeatPolicy) {
        self.handshake = handshake
        self.idle = idle
        self.lifetime = lifetime
        self.close = close
        self.heartbeat = heartbeat
    }
}
