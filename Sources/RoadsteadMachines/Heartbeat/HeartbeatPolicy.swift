/// When to ping and when to give up (configuration `heartbeat`).
public struct HeartbeatPolicy: Sendable, Equatable {
    /// Silence after which a ping goes out; `nil` = never ping.
    public var interval: Duration?
    /// Further silence after a ping, after which the peer is dead.
    public var timeout: Duration

    /// Both from configuration; `interval` nil turns heartbeats off.
    public init(interval: Duration?, timeout: Duration) {
        self.interval = interval
        self.timeout = timeout
    }
}
