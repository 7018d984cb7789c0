/// How soon a lost endpoint is tried again: exponential backoff with full jitter.
public struct ReconnectConfiguration: Sendable, Equatable {
    /// The upper bound of the first wait.
    public var initial: Duration = .milliseconds(100)
    /// The upper bound of every wait.
    public var maximum: Duration = .seconds(10)

    /// The defaults.
    public init() {}
}

extension ReconnectConfiguration: ConfigurationSection {
    static let fields: [Field<ReconnectConfiguration>] = [
        Field(
            "initial", \.initial, .duration(.milliseconds(1)...(.seconds(3600))), "The upper bound of the first wait.",
            change: "Raise it when attempts cost the backend much."),
        Field(
            "maximum", \.maximum, .duration(.milliseconds(1)...(.seconds(86_400))), "The upper bound of every wait.",
            change: "Lower it to come back sooner after long outages."),
    ]

    func check(at path: ConfigurationPath, reading: inout Reading) {
        guard initial > maximum else { return }
        let (initialPlace, maximumPlace) = (path.appending("initial"), path.appending("maximum"))
        let place = reading.isSet(initialPlace) ? initialPlace : maximumPlace
        reading.report(
            "initial is \(DurationText.write(initial)), more than the maximum of \(DurationText.write(maximum)); lower initial or raise maximum",
            at: place, comparedWith: [initialPlace, maximumPlace])
    }
}
