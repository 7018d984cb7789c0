import ArgumentParser

/// `roadstead upstreams undrain NAME ENDPOINT`.
struct UpstreamsUndrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undrain", abstract: "Let an endpoint take sessions again.",
        discussion: "Sessions that have moved stay where they are; see `roadstead upstreams rebalance`.")

    @OptionGroup var gateway: AdminOptions
    @OptionGroup var place: EndpointArguments

    func run() throws {
        try place.ask(gateway, "undrain")
        StandardStream.output.write("\(place.endpoint): no longer draining\n")
    }
}
