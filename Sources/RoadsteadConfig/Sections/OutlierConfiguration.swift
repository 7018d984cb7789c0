/// How endpoints that keep failing real sessions are put aside for a while.
public struct OutlierConfiguration: Sendable, Equatable {
    /// How many failures in a row eject an endpoint; 0 ejects none.
    public var failures = 5
    /// How long an ejected endpoint gets no sessions.
    public var eject: Duration = .seconds(10)
    /// The largest share of an upstream's endpoints, in percent, that may be ejected at one time.
    public var maximumEjected = 50

    /// The defaults.
    public init() {}
}

extension OutlierConfiguration: ConfigurationSection {
    static let fields: [Field<OutlierConfiguration>] = [
        Field(
            "failures", \.failures, .integer(0...1_000_000, zero: "never eject"), "How many failures in a row eject an endpoint.",
            change: "Raise it for backends that refuse single sessions in normal operation."),
        Field(
            "eject", \.eject, .duration(.milliseconds(1)...(.seconds(86_400))),
            "How long an ejected endpoint gets no sessions; each ejection soon after another lasts longer.",
            change: "Set it to the time that an instance takes to recover."),
        Field(
            "maximum_ejected", \.maximumEjected, .percentage, "The largest share of the endpoints that may be ejected at one time.",
            change: "Lower it when the rest could not carry the load."),
    ]
}
