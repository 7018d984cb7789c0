/// How endpoints are checked while nothing goes wrong.
public struct HealthConfiguration: Sendable, Equatable {
    /// What a check does.
    public var kind = HealthCheckKind.tcp
    /// The path that `http` and `websocket` checks ask for.
    public var path = "/"
    /// The time from one check to the next.
    public var interval: Duration = .seconds(2)
    /// How long a check may take.
    public var timeout: Duration = .seconds(1)
    /// How many checks in a row must succeed for `up`.
    public var rise = 2
    /// How many checks in a row must fail for `down`.
    public var fall = 3

    /// The defaults.
    public init() {}
}
