/// The health of one upstream, for operators.
struct UpstreamHealthSnapshot: Sendable, Equatable {
    /// In the order of the configuration.
    var endpoints: [EndpointHealthSnapshot]
    /// No endpoint is up: the least bad are tried.
    var isPanicking: Bool
}
