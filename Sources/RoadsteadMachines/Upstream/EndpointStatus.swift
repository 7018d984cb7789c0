/// What a pool has to know of an endpoint: decided once for the process, told to every loop.
public struct EndpointStatus: Sendable, Equatable {
    /// Whether sessions may be tried on an endpoint.
    public enum Admission: String, Sendable, Equatable {
        /// As many as like.
        case open
        /// One at a time in the whole process, until one succeeds.
        case trial
        /// None: it cannot be reached, and is probed elsewhere.
        case closed
    }

    /// What it is fit for.
    public var state: EndpointState
    /// Whether sessions may be tried on it.
    public var admission: Admission
    /// Failures are being counted, or it is on trial: a success is worth a report.
    public var isTroubled: Bool
    /// It has answered at least once: waiting for it makes sense. Until then, a success is worth a report.
    public var hasBeenUp: Bool
    /// Why it cannot be reached; nil if it can, or if a connection was lost and nothing has failed since.
    public var lastFailure: CheckResult?

    /// One that nobody has looked at yet: it counts as up.
    public init(
        state: EndpointState = .up, admission: Admission = .open, isTroubled: Bool = false, hasBeenUp: Bool = false,
        lastFailure: CheckResult? = nil
    ) {
        self.state = state
        self.admission = admission
        self.isTroubled = isTroubled
        self.hasBeenUp = hasBeenUp
        self.lastFailure = lastFailure
    }
}
