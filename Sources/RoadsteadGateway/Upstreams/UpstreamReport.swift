import RoadsteadMachines

/// Takes what a loop saw of an endpoint: the places of the upstream and of its endpoint in the configuration. Called on any loop.
typealias UpstreamReport = @Sendable (_ upstream: Int, _ endpoint: Int, EndpointReport) -> Void
