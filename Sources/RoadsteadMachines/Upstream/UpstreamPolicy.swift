/// The durations an upstream connection lives by (configuration `pool` and `heartbeat` of an upstream); `nil` = never.
public struct UpstreamPolicy: Sendable, Equatable {
    /// For TCP and TLS, and again for the upgrade.
    public var connectTimeout: Duration
    /// For a warm connection to be used.
    public var idleTimeout: Duration?
    /// For the backend to answer our close.
    public var closeTimeout: Duration
    /// Pings.
    public var heartbeat: HeartbeatPolicy

    /// All of them.
    public init(connectTimeout: Duration, idleTimeout: Duration?, closeTimeout: Duration, heartbeat: HeartbeatPolicy) {
        self.connectTimeout = connectTimeout
        self.idleTimeout = idleTimeout
        self.closeTimeout = closeTimeout
        self.heartbeat = heartbeat
    }
}
