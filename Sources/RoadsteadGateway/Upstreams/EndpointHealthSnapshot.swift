import RoadsteadMachines

/// The health of one endpoint, for operators.
struct EndpointHealthSnapshot: Sendable, Equatable {
    /// As configured.
    var address: String
    /// What pools know: its state, whether sessions may try it, and why not.
    var status: EndpointStatus
    /// Whether an operator wants it empty.
    var isDraining: Bool
    /// How the last check ended; nil before the first one.
    var lastCheck: CheckResult?
    /// Attempts of sessions and checks that failed.
    var failures: UInt64
    /// How often it was ejected.
    var ejections: UInt64
    /// Checks made while it could not be reached.
    var reconnects: UInt64

    /// The word for what it is fit for.
    var state: EndpointState { status.state }
    /// Whether sessions may be tried on it.
    var admission: EndpointStatus.Admission { status.admission }
}
