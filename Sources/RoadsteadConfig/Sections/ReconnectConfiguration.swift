/// How soon a lost endpoint is tried again: exponential backoff with full jitter.
public struct ReconnectConfiguration: Sendable, Equatable {
    /// The upper bound of the first wait.
    public var initial: Duration = .milliseconds(100)
    /// The upper bound of every wait.
    public var maximum: Duration = .seconds(10)

    /// The defaults.
    public init() {}
}
