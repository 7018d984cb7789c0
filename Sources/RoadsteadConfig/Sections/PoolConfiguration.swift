/// How connections to an upstream are kept.
public struct PoolConfiguration: Sendable, Equatable {
    /// How many connections per endpoint are kept ready for the next session.
    public var warm = 4
    /// The most connections to the upstream.
    public var maximum = 10_000
    /// How long a warm connection may wait before it is replaced; nil is for ever.
    public var idleTimeout: Duration? = .seconds(60)
    /// How long a connection may take to be made, TLS included.
    public var connectTimeout: Duration = .seconds(3)
    /// How long a new session may wait for a connection when `maximum` is reached or every endpoint is out; zero refuses it at once.
    public var queueTimeout: Duration = .seconds(5)

    /// The defaults.
    public init() {}
}

extension PoolConfiguration: ConfigurationSection {
    static let fields: [Field<PoolConfiguration>] = [
        Field(
            "warm", \.warm, .integer(0...100_000),
            "How many connections, TLS included, are kept ready for each endpoint, all loops together.",
            change: "Raise it when sessions come in bursts; 0 saves the endpoints connections that nobody uses."),
        Field(
            "maximum", \.maximum, .integer(1...10_000_000), "The most connections to the upstream; sessions beyond it wait, then get 503.",
            change: "Set it to what the endpoints can take together."),
        Field(
            "idle_timeout", \.idleTimeout, .durationOrNever(upTo: .seconds(86_400)),
            "How long a warm connection may wait before it is replaced.",
            change: "Keep it under the idle timeout of the endpoints."),
        Field(
            "connect_timeout", \.connectTimeout, .duration(.milliseconds(1)...(.seconds(600))),
            "How long a connection may take to be made, TLS included, and again its upgrade; then the next endpoint is tried, and at last the client gets 504.",
            change: "Raise it for endpoints far away."),
        Field(
            "queue_timeout", \.queueTimeout, .duration(.zero...(.seconds(600)), zero: "refuse at once"),
            "How long a new session may wait: for a connection when `maximum` is reached, or for an endpoint to come back when all are out.",
            change: "Lower it for clients that would rather try elsewhere."),
    ]

    func check(at path: ConfigurationPath, reading: inout Reading) {
        let (warmPlace, maximumPlace) = (path.appending("warm"), path.appending("maximum"))
        // A maximum below the usual number of warm ones simply leaves no room for all of them.
        guard warm > maximum, reading.isSet(warmPlace) else { return }
        reading.report(
            "warm is \(warm), more than the maximum of \(maximum); lower warm or raise maximum", at: warmPlace,
            comparedWith: [warmPlace, maximumPlace])
    }
}
