import RoadsteadWire
import Testing

@Suite("UpgradeRequest")
struct UpgradeRequestTests {
    static let valid: [(String, String)] = [
        ("Host", "server.example.com"), ("Upgrade", "websocket"), ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "13"),
    ]

    /// The RFC's request with one field set to other values, or left out.
    static func head(_ name: String = "", _ values: [String] = [], method: String = "GET", versionMinor: Int = 1) -> RequestHead {
        var headers = HeaderFields(valid.map { HeaderField(name: $0.0, value: $0.1) })
        headers.removeAll(name)
        for value in values { headers.append(name, value) }
        return RequestHead(method: method, target: "/chat", versionMinor: versionMinor, headers: headers)
    }

    @Test("a valid upgrade gives its offer")
    func valid() {
        #expect(UpgradeRequest.evaluate(Self.head()) == .success(WebSocketOffer(key: "dGhlIHNhbXBsZSBub25jZQ==")))
        let rich = Self.head("Sec-WebSocket-Protocol", ["chat, superchat", "v2.chat"])
        #expect(
            UpgradeRequest.evaluate(rich)
                == .success(WebSocketOffer(key: "dGhlIHNhbXBsZSBub25jZQ==", subprotocols: ["chat", "superchat", "v2.chat"])))
        let extended = Self.head("Sec-WebSocket-Extensions", ["permessage-deflate; client_max_window_bits, x-foo"])
        let extensions = [WebSocketExtension("permessage-deflate", [.init("client_max_window_bits")]), WebSocketExtension("x-foo")]
        #expect(UpgradeRequest.evaluate(extended) == .success(WebSocketOffer(key: "dGhlIHNhbXBsZSBub25jZQ==", extensions: extensions)))
    }

    @Test(
        "harmless variants are upgrades too",
        arguments: [
            head("Connection", ["keep-alive, Upgrade"]), head("Connection", ["keep-alive", "upgrade"]), head("Upgrade", ["WebSocket"]),
            head("Upgrade", ["h2c, websocket"]), head("Content-Length", ["0"]),
        ])
    func variants(_ head: RequestHead) throws {
        #expect(try UpgradeRequest.evaluate(head).get().key == "dGhlIHNhbXBsZSBub25jZQ==")
    }

    struct Refused: Sendable {
        var head: RequestHead
        var status: Int
    }

    @Test(
        "what is no valid upgrade is refused with its status",
        arguments: [
            Refused(head: head(method: "POST"), status: 405), Refused(head: head(method: "get"), status: 405),
            Refused(head: head("Upgrade"), status: 426), Refused(head: head("Upgrade", ["h2c"]), status: 426),
            Refused(head: head("Upgrade", ["websockets"]), status: 426), Refused(head: head("Connection"), status: 426),
            Refused(head: head("Connection", ["close"]), status: 426), Refused(head: head("Sec-WebSocket-Version"), status: 426),
            Refused(head: head("Sec-WebSocket-Version", ["8"]), status: 426),
            Refused(head: head("Sec-WebSocket-Version", ["13", "13"]), status: 426),
            Refused(head: head("Sec-WebSocket-Version", ["13, 8"]), status: 426),
            Refused(head: head("Sec-WebSocket-Version", ["013"]), status: 426), Refused(head: head("Sec-WebSocket-Key"), status: 400),
            Refused(head: head("Sec-WebSocket-Key", [""]), status: 400),
            Refused(head: head("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="]), status: 400),
            Refused(head: head("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZQ"]), status: 400),
            Refused(head: head("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25j"]), status: 400),
            Refused(head: head("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZQ==="]), status: 400),
            Refused(head: head("Sec-WebSocket-Key", ["!GhlIHNhbXBsZSBub25jZQ=="]), status: 400),
            Refused(head: head("Sec-WebSocket-Protocol", ["chat room"]), status: 400),
            Refused(head: head("Sec-WebSocket-Protocol", ["chat, chat"]), status: 400),
            Refused(head: head("Content-Length", ["5"]), status: 400), Refused(head: head("Transfer-Encoding", ["chunked"]), status: 400),
            Refused(head: head(versionMinor: 0), status: 400),
        ])
    func refused(_ example: Refused) {
        guard case .failure(let refusal) = UpgradeRequest.evaluate(example.head) else {
            Issue.record("was accepted")
            return
        }
        #expect(refusal.status == example.status)
        #expect(!refusal.explanation.isEmpty && !refusal.explanation.contains("\n"))
        let headers = HeaderFields(refusal.headers)
        #expect((headers["Allow"] == "GET") == (example.status == 405))
        let tellsHow = headers["Upgrade"] == "websocket" && headers["Connection"] == "Upgrade" && headers["Sec-WebSocket-Version"] == "13"
        #expect(tellsHow == (example.status == 426))
    }
}
