import RoadsteadLoop
import RoadsteadTLS
import RoadsteadWire

/// A client of the gateway whose calls wait: from the bare socket to WebSocket messages, right or wrong as the test wants.
final class TestClient {
    /// The nonce of RFC 6455 section 1.3; the gateway does not mind meeting it again.
    static let key = "dGhlIHNhbXBsZSBub25jZQ=="

    let stream: BlockingStream
    let webSocket: WebSocketPeer

    /// A connected socket, nothing said.
    init(to address: SocketAddress) throws {
        stream = try .connect(to: address)
        webSocket = WebSocketPeer(stream, role: .client)
    }

    /// The head of an upgrade request, with these headers after the needed ones.
    static func upgradeHead(_ target: String, _ headers: [String] = []) -> String {
        let lines =
            [
                "GET \(target) HTTP/1.1", "Host: localhost", "Upgrade: websocket", "Connection: Upgrade",
                "Sec-WebSocket-Key: \(key)", "Sec-WebSocket-Version: 13",
            ] + headers
        return lines.joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// Asks for the upgrade and requires it.
    @discardableResult
    func upgrade(_ target: String, _ headers: [String] = []) throws -> ResponseHead {
        try stream.write(Array(Self.upgradeHead(target, headers).utf8))
        let response = try readHead()
        guard response.status == 101 else { throw TestFailure("\(target) was answered with \(response.status), not 101") }
        guard response.headers["Sec-WebSocket-Accept"] == WebSocketAccept.value(forKey: Self.key) else {
            throw TestFailure("Sec-WebSocket-Accept does not fit the key")
        }
        return response
    }

    /// Reads a response's head; what follows it stays in the stream.
    func readHead() throws -> ResponseHead {
        var parser = ResponseHeadParser(maximumBytes: 16 * 1024)
        while true {
            let bytes = try stream.read()
            if bytes.isEmpty, let end = stream.end { throw TestFailure("the stream ended before a response: \(end)") }
            switch withBytes(bytes, { parser.feed($0) }) {
            case .incomplete: continue
            case .failed(let error): throw TestFailure("malformed response: \(error)")
            case .complete(let head, let consumed):
                stream.unread(Array(bytes[consumed...]))
                return head
            }
        }
    }

    /// Sends a request as it is and reads the response to the end of the stream.
    func exchange(_ request: String) throws -> (head: ResponseHead, body: String) {
        try stream.write(Array(request.utf8))
        let head = try readHead()
        return (head, String(decoding: try stream.readToEnd(), as: UTF8.self))
    }

    // MARK: - WebSocket

    func send(_ text: String) throws { try webSocket.send(text) }

    func send(_ binary: [UInt8]) throws { try webSocket.send(binary) }

    func receive() throws -> Incoming { try webSocket.receive() }

    /// Sends a close frame and returns what comes until the end of the stream.
    func close(_ code: UInt16?, _ reason: String = "") throws -> [Incoming] {
        try webSocket.sendClose(code, reason)
        return try drain()
    }

    /// Everything up to the end of the stream, the end itself left out.
    func drain() throws -> [Incoming] {
        var received: [Incoming] = []
        while true {
            let next = try receive()
            if case .ended = next { return received }
            received.append(next)
        }
    }
}
