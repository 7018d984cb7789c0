import ArgumentParser

/// `roadstead upstreams list`.
struct UpstreamsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the endpoints of each upstream, with their state.")

    @OptionGroup var gateway: AdminOptions

    @Flag(help: "Print the API's answer as it is.")
    var json = false

    func run() throws {
        let client = try gateway.client()
        if json {
            StandardStream.output.write(String(decoding: try client.request("GET", "/api/v1/upstreams"), as: UTF8.self))
        } else {
            StandardStream.output.write(UpstreamTable.text(try client.get("/api/v1/upstreams")["upstreams"]?.elements ?? []))
        }
    }
}
