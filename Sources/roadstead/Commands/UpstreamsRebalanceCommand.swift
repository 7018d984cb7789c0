import ArgumentParser

/// `roadstead upstreams rebalance NAME`.
struct UpstreamsRebalanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebalance", abstract: "Even out an upstream's sessions over its endpoints, after one was added or came back.")

    @OptionGroup var gateway: AdminOptions

    @Argument(help: ArgumentHelp("The upstream's name.", valueName: "name"))
    var upstream: String

    func run() throws {
        _ = try gateway.client().request("POST", "/api/v1/upstreams/\(PercentEncoding.encode(upstream))/rebalance")
        StandardStream.output.write("\(upstream): rebalancing\n")
    }
}
