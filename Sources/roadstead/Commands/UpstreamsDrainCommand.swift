import ArgumentParser

/// `roadstead upstreams drain NAME ENDPOINT`.
struct UpstreamsDrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drain", abstract: "Move the sessions of an endpoint to the others, and send it no new ones.",
        discussion: "No client's connection closes. Watch `roadstead upstreams` until the endpoint has no session left, then stop it.")

    @OptionGroup var gateway: AdminOptions
    @OptionGroup var place: EndpointArguments

    func run() throws {
        try place.ask(gateway, "drain")
        StandardStream.output.write("\(place.endpoint): draining\n")
    }
}
