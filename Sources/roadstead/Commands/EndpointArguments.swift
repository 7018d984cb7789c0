import ArgumentParser

/// One endpoint of an upstream of a running gateway.
struct EndpointArguments: ParsableArguments {
    @Argument(help: ArgumentHelp("The upstream's name.", valueName: "name"))
    var upstream: String

    @Argument(help: ArgumentHelp("The endpoint's address, as configured: ws://host:port/base, for example.", valueName: "endpoint"))
    var endpoint: String

    /// Asks the gateway for this endpoint to be drained or no longer so.
    func ask(_ gateway: AdminOptions, _ wish: String) throws {
        _ = try gateway.client().request(
            "POST", "/api/v1/upstreams/\(PercentEncoding.encode(upstream))/\(wish)", query: [(name: "endpoint", value: endpoint)])
    }
}
