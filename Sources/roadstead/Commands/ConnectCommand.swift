import ArgumentParser
import Glibc
import RoadsteadTLS
import RoadsteadWire

/// `roadstead connect URL`.
struct ConnectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect", abstract: "Connect to a WebSocket: send lines, see messages.",
        discussion: """
            Each line of the input is sent as a text message, but for /ping, which measures the round trip. Messages are printed one a line on \
            standard output, binary ones as <binary N bytes>; all else is told on standard error.

            When the input ends, it closes with 1000 as soon as nothing has come for one second, or for 100 ms once as many messages came as \
            lines were sent. With --wait, it closes when nothing has come for that long, whatever was sent. The exit code is 0 after a normal \
            close, else 1.
            """)

    @Argument(help: ArgumentHelp("Where to connect, as wss://localhost:8443/echo.", valueName: "url"))
    var url: String

    @Option(help: ArgumentHelp("A PEM file of authorities to trust instead of the system's.", valueName: "file"), completion: .file())
    var ca: String?

    @Flag(help: "Do not check the server's certificate.")
    var insecure = false

    @Option(help: ArgumentHelp("A PEM file with a client certificate.", valueName: "file"), completion: .file())
    var certificate: String?

    @Option(help: ArgumentHelp("The PEM file of the client certificate's key.", valueName: "file"), completion: .file())
    var key: String?

    @Option(help: ArgumentHelp("Offer a subprotocol; may come several times.", valueName: "name"))
    var subprotocol: [String] = []

    @Option(
        help: ArgumentHelp("Send a header field, as \"Origin: https://example.com\"; may come several times.", valueName: "name: value"))
    var header: [HeaderArgument] = []

    @Option(help: ArgumentHelp("After the input's end, close when nothing came for this long, as 500ms or 10s.", valueName: "duration"))
    var wait: DurationArgument?

    func validate() throws {
        if insecure, ca != nil { throw ValidationError("Give --ca or --insecure, not both.") }
        if (certificate == nil) != (key == nil) { throw ValidationError("--certificate and --key go together.") }
        for name in subprotocol where !HeaderArgument.isToken(name) {
            throw ValidationError("\"\(name)\" cannot be a subprotocol: it is one word of letters, digits and !#$%&'*+-.^_`|~")
        }
    }

    func run() throws {
        let address: WebSocketAddress
        switch WebSocketAddress.parse(url) {
        case .success(let parsed): address = parsed
        case .failure(let fault): throw CommandError.url(url, reason: fault.explanation)
        }
        let client = try WebSocketClient.open(
            address, context: context(for: address), subprotocols: subprotocol, headers: HeaderFields(header.map(\.field)),
            by: .now + .seconds(10))
        greet(client)
        var conversation = Conversation(client, quiet: wait?.duration)
        let status = conversation.run()
        if status != .ok { throw ArgumentParser.ExitCode(status.rawValue) }
    }

    private func context(for address: WebSocketAddress) throws(CommandError) -> TLSContext? {
        guard address.isSecure else { return nil }
        do throws(TLSError) {
            return try TLSContext.client(
                TLSClientOptions(authority: ca ?? "", verifies: !insecure, certificate: certificate, key: key))
        } catch {
            throw .certificates(error)
        }
    }

    private func greet(_ client: WebSocketClient) {
        var words = ["connected to \(client.connection.remote)"]
        if let tls = client.connection.negotiated { words.append("\(tls.version) \(tls.cipher)\(insecure ? " (unchecked)" : "")") }
        if let subprotocol = client.subprotocol { words.append("subprotocol \(subprotocol)") }
        if let session = client.sessionID { words.append("session \(TerminalText.escaped(session))") }
        StandardStream.error.write(words.joined(separator: ", ") + "\n")
        if StandardStream.input.isTerminal {
            StandardStream.error.write("Type a line to send it, /ping to measure the round trip, Ctrl-D to close.\n")
        }
    }
}
