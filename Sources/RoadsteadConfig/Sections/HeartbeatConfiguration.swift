/// How a peer that has silently gone away is noticed.
public struct HeartbeatConfiguration: Sendable, Equatable {
    /// How long to wait, without a received byte, before a ping; nil sends none.
    public var interval: Duration? = .seconds(20)
    /// How long to wait after a ping, without a received byte, before the peer counts as dead.
    public var timeout: Duration = .seconds(10)

    /// A ping after 20 seconds of silence, death 10 seconds later.
    public init() {}
}

extension HeartbeatConfiguration: ConfigurationSection {
    static let fields: [Field<HeartbeatConfiguration>] = [
        Field(
            "interval", \.interval, .durationOrNever(upTo: .seconds(86_400)),
            "How long to wait, without a received byte, before a ping; 0s sends none.",
            change: "Lower it to notice dead peers sooner; raise it to spare batteries of phones."),
        Field(
            "timeout", \.timeout, .duration(.milliseconds(1)...(.seconds(86_400))),
            "How long to wait after a ping, without a received byte, before the peer counts as dead.",
            change: "Raise it for peers on networks that stall for seconds."),
    ]
}
