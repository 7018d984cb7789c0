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
