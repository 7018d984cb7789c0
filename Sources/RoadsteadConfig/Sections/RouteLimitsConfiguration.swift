/// What one session of a route may use.
public struct RouteLimitsConfiguration: Sendable, Equatable {
    /// The largest message, in bytes; a larger one closes with 1009.
    public var message = 1 << 20
    /// Messages a second from the client; 0 is no limit.
    public var messagesPerSecond = 0
    /// Bytes a second from the client; 0 is no limit.
    public var bytesPerSecond = 0
    /// What happens to a client over its rate.
    public var onRateLimit = RateLimitAction.throttle
    /// The bytes that may be queued to a slow client.
    public var outbound = 1 << 20
    /// What happens when a client's queue is full.
    public var onSlowClient = SlowClientAction.pause

    /// The defaults.
    public init() {}
}
