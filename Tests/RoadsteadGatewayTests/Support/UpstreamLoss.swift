/// The ways in which a backend can be lost.
enum UpstreamLoss: CaseIterable, CustomStringConvertible {
    case close1001, close1012, close1013, reset, endOfStream

    var description: String {
        switch self {
        case .close1001: "close 1001"
        case .close1012: "close 1012"
        case .close1013: "close 1013"
        case .reset: "reset"
        case .endOfStream: "end of stream"
        }
    }

    func happen(to upstream: BackendConnection) throws {
        switch self {
        case .close1001: try upstream.webSocket.sendClose(1001, "restarting")
        case .close1012: try upstream.webSocket.sendClose(1012)
        case .close1013: try upstream.webSocket.sendClose(1013)
        case .reset: upstream.stream.reset()
        case .endOfStream: upstream.stream.close()
        }
    }
}
