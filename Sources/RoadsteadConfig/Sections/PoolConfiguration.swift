/// How connections to an upstream are kept.
public struct PoolConfiguration: Sendable, Equatable {
    /// How many connections per endpoint and loop are kept ready for the next session.
    public var warm = 4
    /// The most connections to the upstream.
    public var maximum = 10_000
    /// How long a warm connection may wait before it is replaced; nil is for ever.
    public var idleTimeout: Duration? = .seconds(60)
    /// How long a connection may take to be made, TLS included.
    public var connectTimeout: Duration = .seconds(3)
    /// How long a session may wait for a connection when `maximum` is reached; zero refuses it at once.
    public var queueTimeout: Duration = .seconds(5)

    /// The defaults.
    public init() {}
}
