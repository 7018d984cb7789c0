import ArgumentParser

/// `roadstead sessions show ID`.
struct SessionsShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show all that is known of one session.",
        discussion: "The 10,000 sessions that closed last can be shown too. Put -- before an ID that begins with a dash.")

    @OptionGroup var gateway: AdminOptions

    @Flag(help: "Print the API's answer as it is.")
    var json = false

    @Argument(help: ArgumentHelp("The session's ID.", valueName: "id"))
    var id: String

    func run() throws {
        let client = try gateway.client()
        let path = "/api/v1/sessions/\(PercentEncoding.encode(id))"
        if json {
            StandardStream.output.write(String(decoding: try client.request("GET", path), as: UTF8.self))
        } else {
            StandardStream.output.write(ValueListing.text(try client.get(path)))
        }
    }
}
