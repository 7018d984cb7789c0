import ArgumentParser

/// `roadstead upstreams`.
struct UpstreamsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "upstreams", abstract: "List the upstreams of a running gateway, drain their endpoints or even out their sessions.",
        subcommands: [
            UpstreamsListCommand.self, UpstreamsDrainCommand.self, UpstreamsUndrainCommand.self, UpstreamsRebalanceCommand.self,
        ],
        defaultSubcommand: UpstreamsListCommand.self)
}
