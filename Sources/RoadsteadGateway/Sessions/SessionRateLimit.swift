import RoadsteadConfig
import RoadsteadMachines

/// The rates of a session that has any: a place for the machine that costs other sessions one word.
final class SessionRateLimit {
    var machine: RateLimitMachine

    /// `nil` if the route sets no rate.
    init?(_ limits: RouteLimitsConfiguration, at now: Instant) {
        let policy = RateLimitPolicy(
            messagesPerSecond: limits.messagesPerSecond > 0 ? limits.messagesPerSecond : nil,
            bytesPerSecond: limits.bytesPerSecond > 0 ? limits.bytesPerSecond : nil, closes: limits.onRateLimit == .close,
            largestMessage: limits.message)
        guard policy.limits else { return nil }
        machine = RateLimitMachine(policy, at: now)
    }
}
