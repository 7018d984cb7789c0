/// What a loop tells about an endpoint: passive health.
public enum EndpointReport: Sendable, Equatable {
    /// A session's attempt failed. `CheckResult.isReachable` says whether there was a connection at all.
    case attemptFailed(CheckResult)
    /// A session's attempt succeeded.
    case attemptSucceeded
    /// A connection that served a session broke or was closed by a leaving backend.
    case connectionLost
}
