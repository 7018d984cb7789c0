/// How the gateway goes down on `SIGTERM` without all clients reconnecting in one moment.
public struct DrainConfiguration: Sendable, Equatable {
    /// When the process ends, whatever is still open.
    public var period: Duration = .seconds(30)
    /// The time over which sessions are closed with 1001, evenly.
    public var spread: Duration = .seconds(20)

    /// The defaults.
    public init() {}
}
