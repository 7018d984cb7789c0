import ArgumentParser

/// `roadstead sessions list`, or just `roadstead sessions`.
struct SessionsListCommand: ParsableCommand {
    /// Which sessions.
    enum State: String, CaseIterable, ExpressibleByArgument { case open, closed, all }
    /// What they are sorted by.
    enum Sort: String, CaseIterable, ExpressibleByArgument { case opened, rtt, queued, bytes, idle }
    /// Which comes first.
    enum Order: String, CaseIterable, ExpressibleByArgument { case asc, desc }

    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List sessions.",
        discussion: "IN and OUT are messages and bytes, as the gateway receives from and sends to the client.")

    @OptionGroup var gateway: AdminOptions

    @Flag(help: "Print the API's answer as it is.")
    var json = false

    @Option(help: "Which sessions.")
    var state = State.open

    @Option(help: "Only those of this route.")
    var route: String?

    @Option(help: "Only those of this user.")
    var user: String?

    @Option(help: "Only those from this address.")
    var address: String?

    @Option(help: "Only those of this upstream.")
    var upstream: String?

    @Option(help: "What they are sorted by.")
    var sort = Sort.opened

    @Option(help: "Smallest or largest first.")
    var order = Order.asc

    @Option(help: ArgumentHelp("How many at most.", valueName: "n"))
    var limit = 100

    @Option(help: ArgumentHelp("Go on where an earlier list ended.", valueName: "cursor"))
    var cursor: String?

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit must be 1 or more.") }
    }

    func run() throws {
        let client = try gateway.client()
        guard !json else {
            StandardStream.output.write(String(decoding: try client.request("GET", "/api/v1/sessions", query: query), as: UTF8.self))
            return
        }
        let answer = try client.get("/api/v1/sessions", query: query)
        StandardStream.output.write(SessionTable.text(answer["sessions"]?.elements ?? [], showsEnds: state != .open))
        if let next = answer["next"]?.scalar {
            StandardStream.error.write("There are more: add --cursor \(TerminalText.escaped(next)), or raise --limit.\n")
        }
    }

    private var query: [(name: String, value: String)] {
        let all: [(name: String, value: String?)] = [
            ("state", state.rawValue), ("route", route), ("user", user), ("address", address), ("upstream", upstream),
            ("sort", sort.rawValue), ("order", order.rawValue), ("limit", String(limit)), ("cursor", cursor),
        ]
        return all.compactMap { item in item.value.map { (item.name, $0) } }
    }
}
