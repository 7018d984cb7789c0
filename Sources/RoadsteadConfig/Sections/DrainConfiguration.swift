/// How the gateway goes down on `SIGTERM` without all clients reconnecting in one moment.
public struct DrainConfiguration: Sendable, Equatable {
    /// When the process ends, whatever is still open.
    public var period: Duration = .seconds(30)
    /// The time over which sessions are closed with 1001, evenly.
    public var spread: Duration = .seconds(20)

    /// The defaults.
    public init() {}
}

extension DrainConfiguration: ConfigurationSection {
    static let fields: [Field<DrainConfiguration>] = [
        Field(
            "period", \.period, .duration(.zero...(.seconds(86_400))), "When the process ends after SIGTERM, whatever is still open.",
            change: "Keep it under the time after which your supervisor kills, often 30s or 90s."),
        Field(
            "spread", \.spread, .duration(.zero...(.seconds(86_400))), "The time over which sessions are closed with 1001, evenly.",
            change: "Raise it when the clients' reconnecting overloads what they reconnect to."),
    ]

    func check(at path: ConfigurationPath, reading: inout Reading) {
        guard spread > period else { return }
        let (spreadPlace, periodPlace) = (path.appending("spread"), path.appending("period"))
        let place = reading.isSet(spreadPlace) ? spreadPlace : periodPlace
        reading.report(
            "spread is \(DurationText.write(spread)), more than the period of \(DurationText.write(period)); lower spread or raise period",
            at: place, comparedWith: [spreadPlace, periodPlace])
    }
}
