/// The ways in which a client can go without a close frame.
enum ClientEnd: CaseIterable, CustomStringConvertible {
    case reset, endOfStream, closeNotify, insideAFrame, garbageBelowTLS

    var description: String {
        switch self {
        case .reset: "reset"
        case .endOfStream: "end of stream"
        case .closeNotify: "close_notify"
        case .insideAFrame: "end of stream inside a frame"
        case .garbageBelowTLS: "reset inside a TLS record"
        }
    }

    /// Whether the kernel reports an error rather than an end.
    var isBreak: Bool {
        switch self {
        case .reset, .garbageBelowTLS: true
        case .endOfStream, .closeNotify, .insideAFrame: false
        }
    }

    func happen(to client: TestClient) throws {
        switch self {
        case .reset: client.stream.reset()
        case .endOfStream: client.stream.halfClose()
        case .closeNotify: try client.stream.sayGoodbye()
        case .insideAFrame:
            try client.stream.write(Array(client.webSocket.frame(.binary, Pattern.bytes(1000)).prefix(500)))
            client.stream.halfClose()
        case .garbageBelowTLS:
            try client.stream.writeRaw([0x17, 0x03, 0x03, 0x01, 0x00, 0x42])
            client.stream.reset()
        }
    }
}
