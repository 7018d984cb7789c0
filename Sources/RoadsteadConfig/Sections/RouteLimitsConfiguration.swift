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

extension RouteLimitsConfiguration: ConfigurationSection {
    static let fields: [Field<RouteLimitsConfiguration>] = [
        Field(
            "message", \.message, .size(1...(1 << 40)), "The largest message; a larger one closes with 1009.",
            change: "Set it to the largest message that your protocol has."),
        Field(
            "messages_per_second", \.messagesPerSecond, .integer(0...1_000_000_000, zero: "no limit"),
            "The messages a second that a client may send, by a token bucket of one second's worth for each session; a ping, a pong and a "
                + "fragment of less than 1 KiB count as messages.",
            change: "Set it when one client can hurt the others."),
        Field(
            "bytes_per_second", \.bytesPerSecond, .size(0...(1 << 40), zero: "no limit"),
            "The bytes a second that a client may send, by a token bucket of one second's worth for each session: payload, and one byte a "
                + "frame.",
            change: "Set it when one client can fill the line to the upstream."),
        Field(
            "on_rate_limit", \.onRateLimit, .word,
            "What happens to a client over its rate: `throttle` stops reading, `close` closes with 1008.",
            change: "Use `close` where only abusers reach the limit."),
        Field(
            "outbound", \.outbound, .size(1024...(1 << 40)), "The bytes that may be queued to a slow client.",
            change: "Raise it for bursts to slow clients; sessions times this is the memory that slow clients can take."),
        Field(
            "on_slow_client", \.onSlowClient, .word,
            "What happens when the queue is full: `pause` the upstream, `drop_oldest` whole messages, or `close` with 1013.",
            change: "Use `drop_oldest` where only the newest data matters."),
    ]
}
