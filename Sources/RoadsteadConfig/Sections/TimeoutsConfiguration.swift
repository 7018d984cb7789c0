/// How long each stage of a session may take; nil is never.
public struct TimeoutsConfiguration: Sendable, Equatable {
    /// From the accept to the end of the upgrade, TLS included.
    public var handshake: Duration? = .seconds(10)
    /// Without a message in either direction; pings do not count.
    public var idle: Duration?
    /// From the accept, whatever happens in between.
    public var lifetime: Duration?
    /// From our close frame to the peer's.
    public var close: Duration? = .seconds(5)

    /// The defaults.
    public init() {}
}

extension TimeoutsConfiguration: ConfigurationSection {
    static let fields: [Field<TimeoutsConfiguration>] = [
        Field(
            "handshake", \.handshake, .durationOrNever(upTo: .seconds(3600)),
            "From the accept to the end of the request head, TLS included; a head that is not finished in time gets 408.",
            change: "Raise it for clients on very slow networks."),
        Field(
            "idle", \.idle, .durationOrNever(upTo: .seconds(31_536_000)),
            "How long a session may go without a message in either direction; pings do not count.",
            change: "Set it to end sessions that nobody uses."),
        Field(
            "lifetime", \.lifetime, .durationOrNever(upTo: .seconds(31_536_000)), "How long a session may last, whatever happens in it.",
            change: "Set it to have clients authenticate again from time to time."),
        Field(
            "close", \.close, .durationOrNever(upTo: .seconds(3600)),
            "How long to wait for the peer's close frame after ours, and then for the end of its stream; 0s comes to one minute.",
            change: "Lower it when closing sessions hold descriptors for too long."),
    ]
}
