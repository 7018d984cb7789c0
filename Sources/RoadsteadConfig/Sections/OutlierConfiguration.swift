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
