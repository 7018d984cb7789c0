/// How a peer that has silently gone away is noticed.
public struct HeartbeatConfiguration: Sendable, Equatable {
    /// How long to wait, without a received byte, before a ping; nil sends none.
    public var interval: Duration? = .seconds(20)
    /// How long to wait after a ping, without a received byte, before the peer counts as dead.
    public var timeout: Duration = .seconds(10)

    /// A ping after 20 seconds of silence, death 10 seconds later.
    public init() {}
}
