import ArgumentParser
import RoadsteadWire

/// `roadstead sessions kick ID`.
struct SessionsKickCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kick", abstract: "Close one session.", discussion: "Put -- before an ID that begins with a dash.")

    @OptionGroup var gateway: AdminOptions

    @Option(help: ArgumentHelp("The close code that the client gets.", valueName: "code"))
    var code: UInt16 = 1008

    @Option(help: ArgumentHelp("The reason that the client gets; at most 123 bytes.", valueName: "words"))
    var reason: String?

    @Argument(help: ArgumentHelp("The session's ID.", valueName: "id"))
    var id: String

    func validate() throws {
        guard CloseCode(rawValue: code).isValidOnWire else {
            throw ValidationError("\(code) cannot be sent in a close; use 1008, or 4000 to 4999 for codes of your own.")
        }
        guard (reason ?? "").utf8.count <= CloseFrame.maximumReasonLength else {
            throw ValidationError("--reason has at most \(CloseFrame.maximumReasonLength) bytes.")
        }
    }

    func run() throws {
        var query = [(name: "code", value: String(code))]
        if let reason { query.append((name: "reason", value: reason)) }
        _ = try gateway.client().request("DELETE", "/api/v1/sessions/\(PercentEncoding.encode(id))", query: query)
        StandardStream.output.write("\(id): closed with \(code)\n")
    }
}
