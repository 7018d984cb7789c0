/// What an endpoint is fit for: the words of logs, metrics, the admin API and the documentation.
public enum EndpointState: String, Sendable, CaseIterable {
    /// It takes sessions. Can become: down when checks fail, ejected when sessions fail on it, draining when an operator says so.
    case up
    /// Checks say that it cannot serve. Can become: up when they succeed again, draining.
    case down
    /// Sessions failed on it in a row; it rests. Can become: up when the time is over, down, draining.
    case ejected
    /// An operator wants it empty. Can become: whatever it would be otherwise, when the operator says so.
    case draining

    /// The value of the metric `roadstead_upstream_state`.
    public var number: Int {
        switch self {
        case .down: 0
        case .up: 1
        case .ejected: 2
        case .draining: 3
        }
    }
}
