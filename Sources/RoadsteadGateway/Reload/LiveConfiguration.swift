/// What reloads have made of the configuration that the gateway was started with.
struct LiveConfiguration: Sendable {
    /// 1 for the one of the start, and one more with each that was taken.
    var generation = 1
    /// The listeners in their order, each with its latest TLS side.
    var listeners: [ListenerRuntime]
    /// Reloads that were taken.
    var successes = 0
    /// Reloads that were refused.
    var failures = 0
}
