import RoadsteadWire

/// One connection to a test's backend, played by hand.
final class BackendConnection {
    let stream: BlockingStream
    let webSocket: WebSocketPeer
    /// The gateway's request, once read.
    private(set) var request: RequestHead?

    init(descriptor: Int32) {
        stream = BlockingStream(descriptor: descriptor)
        webSocket = WebSocketPeer(stream, role: .server)
    }

    /// Reads the gateway's request.
    func readRequest() throws {
        var parser = RequestHeadParser(maximumBytes: 64 * 1024)
        while request == nil {
            let bytes = try stream.read()
            if bytes.isEmpty { throw TestFailure("the gateway left before its request was whole") }
            switch withBytes(bytes, { parser.feed($0) }) {
            case .incomplete: continue
            case .failed(let error): throw TestFailure("the gateway's request is malformed: \(error)")
            case .complete(let head, let consumed):
                stream.unread(Array(bytes[consumed...]))
                request = head
            }
        }
    }

    /// Answers the upgrade with 101, and frames right behind it if there are any.
    func answer(subprotocol: String? = nil, followedBy frames: [UInt8] = []) throws {
        guard let request else { throw TestFailure("there is no request to answer") }
        switch UpgradeRequest.evaluate(request) {
        case .failure(let refusal): throw TestFailure("the gateway's upgrade is wrong: \(refusal)")
        case .success(let offer):
            try stream.write(UpgradeResponse(key: offer.key, subprotocol: subprotocol).serialized() + frames)
        }
    }

    /// Refuses the upgrade.
    func refuse(_ status: Int) throws {
        try stream.write(HTTPResponse(status: status, text: "no").serialized())
        stream.halfClose()
    }

    func send(_ text: String) throws { try webSocket.send(text) }

    func send(_ binary: [UInt8]) throws { try webSocket.send(binary) }

    func receive() throws -> Incoming { try webSocket.receive() }

    /// Sends back every message until the gateway closes, and answers its close.
    func echo() throws {
        while true {
            switch try receive() {
            case .text(let text): try send(text)
            case .binary(let bytes): try send(bytes)
            case .ping, .pong: continue
            case .close(let code, _):
                try webSocket.sendClose(code)
                return
            case .violation, .ended: return
            }
        }
    }
}
