/// What happens to an open session whose upstream is lost.
public struct ContinuityConfiguration: Sendable, Equatable {
    /// How long a client is kept while a new upstream connection is sought; zero closes it at once.
    public var hold: Duration = .seconds(30)
    /// The bytes of client messages kept meanwhile, in order; when it is full the client is no longer read.
    public var buffer = 256 << 10
    /// How many of the client's first messages are sent again to a new upstream connection before anything else.
    public var replayFirst = 0

    /// The defaults.
    public init() {}
}

extension ContinuityConfiguration: ConfigurationSection {
    static let fields: [Field<ContinuityConfiguration>] = [
        Field(
            "hold", \.hold, .duration(.zero...(.seconds(3600)), zero: "close the client at once"),
            "How long a client is kept while a new upstream connection is sought.",
            change: "Set it above the time that your backends take to restart."),
        Field(
            "buffer", \.buffer, .size(1024...(1 << 30)),
            "The client messages kept meanwhile, in order; when it is full, reading the client stops.",
            change: "Raise it for clients that send much and cannot wait."),
        Field(
            "replay_first", \.replayFirst, .integer(0...1000),
            "How many of the client's first messages are sent again to a new upstream, before the rest.",
            change: "Set it to the number of messages in which clients say who they are or what they want."),
    ]
}
