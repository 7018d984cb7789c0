import RoadsteadWire
import Testing

@Suite("ClientUpgrade")
struct ClientUpgradeTests {
    static let upgrade = ClientUpgrade(
        host: "server.example.com", target: "/chat?a=b", key: "dGhlIHNhbXBsZSBub25jZQ==", subprotocols: ["chat", "superchat"],
        extraHeaders: [
            "Origin": "http://example.com", "Host": "evil", "sec-websocket-key": "x", "Connection": "close", "Content-Length": "5",
        ])

    @Test("the request has the handshake's fields once, then the extra ones that are not its own")
    func request() {
        #expect(
            String(decoding: Self.upgrade.serialized(), as: UTF8.self)
                == "GET /chat?a=b HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Protocol: chat, superchat\r\nOrigin: http://example.com\r\n\r\n")
    }

    @Test("our own server side accepts the request, and the client its answer")
    func roundTrip() throws {
        let bytes = Self.upgrade.serialized()
        guard case .complete(let head, _) = HeadProbe.request(bytes, in: [0..<bytes.count]) else {
            Issue.record("unreadable")
            return
        }
        let offer = try UpgradeRequest.evaluate(head).get()
        #expect(offer == WebSocketOffer(key: "dGhlIHNhbXBsZSBub25jZQ==", subprotocols: ["chat", "superchat"]))
        let answer = UpgradeResponse(key: offer.key, subprotocol: "superchat").serialized()
        guard case .complete(let response, _) = HeadProbe.response(answer, in: [0..<answer.count]) else {
            Issue.record("unreadable")
            return
        }
        #expect(Self.upgrade.verify(response) == .success(UpgradeAnswer(subprotocol: "superchat")))
    }

    /// A right answer with one field set to other values, or left out.
    static func response(_ name: String = "", _ values: [String] = [], status: Int = 101) -> ResponseHead {
        var headers: HeaderFields = [
            "Upgrade": "WebSocket", "Connection": "upgrade", "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        ]
        headers.removeAll(name)
        for value in values { headers.append(name, value) }
        return ResponseHead(status: status, headers: headers)
    }

    @Test(
        "each answer is judged by RFC 6455 section 4.1",
        arguments: [
            (response(), .success(UpgradeAnswer())),
            (response("Sec-WebSocket-Protocol", ["chat"]), .success(UpgradeAnswer(subprotocol: "chat"))),
            (response(status: 200), .failure(.refused(status: 200))),
            (response(status: 302), .failure(.refused(status: 302))),
            (response("Upgrade"), .failure(.notAnUpgrade)),
            (response("Upgrade", ["h2c"]), .failure(.notAnUpgrade)),
            (response("Connection", ["keep-alive"]), .failure(.notAnUpgrade)),
            (response("Sec-WebSocket-Accept"), .failure(.wrongAccept)),
            (response("Sec-WebSocket-Accept", ["s3pplmbitxaq9kygzzhzrbk+xoo="]), .failure(.wrongAccept)),
            (response("Sec-WebSocket-Accept", ["s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "x"]), .failure(.wrongAccept)),
            (response("Sec-WebSocket-Protocol", ["Chat"]), .failure(.unofferedSubprotocol("Chat"))),
            (response("Sec-WebSocket-Protocol", ["chat, superchat"]), .failure(.unofferedSubprotocol("chat, superchat"))),
            (response("Sec-WebSocket-Protocol", ["chat", "chat"]), .failure(.unofferedSubprotocol("chat, chat"))),
            (response("Sec-WebSocket-Protocol", [""]), .failure(.unofferedSubprotocol(""))),
            (response("Sec-WebSocket-Extensions", ["permessage-deflate"]), .failure(.unofferedExtension("permessage-deflate"))),
            (
                response("Sec-WebSocket-Extensions", ["a; b; c=\"d"]),
                .failure(.invalidExtension("the Sec-WebSocket-Extensions header field is malformed"))
            ),
        ] as [(ResponseHead, Result<UpgradeAnswer, ClientUpgradeError>)])
    func judged(response: ResponseHead, expected: Result<UpgradeAnswer, ClientUpgradeError>) {
        #expect(Self.upgrade.verify(response) == expected)
        if case .failure(let error) = expected { #expect(!error.explanation.isEmpty && !error.explanation.contains("\n")) }
    }
}
