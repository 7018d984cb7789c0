/// What happens to a client that sends faster than its route allows.
public enum RateLimitAction: String, Sendable, Equatable, CaseIterable {
    /// Its socket is not read until the bucket fills again.
    case throttle
    /// It is closed with 1008.
    case close
}
