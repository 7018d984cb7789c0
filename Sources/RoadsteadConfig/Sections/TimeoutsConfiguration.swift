/// How long each stage of a session may take; nil is never.
public struct TimeoutsConfiguration: Sendable, Equatable {
    /// From the accept to the end of the upgrade, TLS included.
    public var handshake: Duration? = .seconds(10)
    /// Without a message in either direction; pings do not count.
    public var idle: Duration?
    /// From the upgrade to the close, whatever happens in between.
    public var lifetime: Duration?
    /// From our close frame to the peer's.
    public var close: Duration? = .seconds(5)

    /// The defaults.
    public init() {}
}
