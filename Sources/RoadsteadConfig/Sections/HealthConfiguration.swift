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

extension HealthConfiguration: ConfigurationSection {
    static let fields: [Field<HealthConfiguration>] = [
        Field(
            "kind", \.kind, .word,
            "What a check does: `tcp` connects, `http` asks for a path, `websocket` upgrades and pings, `none` leaves it to real sessions.",
            change: "Use `http` or `websocket` for backends that can hang while their port still answers."),
        Field(
            "path", \.path, .parsed("path that begins with /", PathPattern.parseRequest),
            "The path that `http` and `websocket` checks ask for.",
            change: "Name one that is cheap and answers only when the backend can serve."),
        Field(
            "interval", \.interval, .duration(.milliseconds(10)...(.seconds(3600))), "The time from one check to the next.",
            change: "Lower it to notice dead endpoints sooner."),
        Field(
            "timeout", \.timeout, .duration(.milliseconds(1)...(.seconds(600))), "How long a check may take.",
            change: "Raise it for endpoints far away."),
        Field(
            "rise", \.rise, .integer(1...1000), "How many checks in a row must succeed before an endpoint is `up`.",
            change: "Raise it for backends that flap while they start."),
        Field(
            "fall", \.fall, .integer(1...1000), "How many checks in a row must fail before an endpoint is `down`.",
            change: "Raise it on networks that lose packets."),
    ]
}
