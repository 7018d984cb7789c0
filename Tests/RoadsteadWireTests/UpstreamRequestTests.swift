import RoadsteadWire
import Testing

@Suite("UpstreamRequest")
struct UpstreamRequestTests {
    private static let headers: HeaderFields = [
        "Origin": "https://example.com", "Cookie": "a=b", "cookie": "c=d", "Host": "evil", "sec-websocket-key": "x",
        "Sec-WebSocket-Protocol": "forged", "Connection": "close", "upgrade": "h2c", "Content-Length": "5", "X-Forwarded-For": "192.0.2.60",
        "Roadstead-Session": "abc",
    ]
    private static let request = UpstreamRequest(target: "/chat?a=b", subprotocols: ["chat", "superchat"], headers: headers)

    private func head(_ upgrade: ClientUpgrade) throws -> RequestHead {
        let text = String(decoding: upgrade.serialized(), as: UTF8.self)
        return try #require(HeadProbe.head(text), "\(text)")
    }

    @Test("asks with the client's fields in order, each of the handshake's once, and the number of the attachment", arguments: [1, 2, 37])
    func asks(_ attach: Int) {
        let upgrade = Self.request.upgrade(host: "backend:9001", path: "/base", key: "dGhlIHNhbXBsZSBub25jZQ==", attach: attach)
        #expect(
            String(decoding: upgrade.serialized(), as: UTF8.self)
                == "GET /base/chat?a=b HTTP/1.1\r\nHost: backend:9001\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Protocol: chat, superchat\r\nOrigin: https://example.com\r\nCookie: a=b\r\ncookie: c=d\r\n"
                + "X-Forwarded-For: 192.0.2.60\r\nRoadstead-Session: abc\r\nRoadstead-Attach: \(attach)\r\n\r\n")
    }

    @Test("our own server side accepts it, and finds no field of the handshake twice")
    func isAccepted() throws {
        let upgrade = Self.request.upgrade(host: "backend", path: "", key: "dGhlIHNhbXBsZSBub25jZQ==", attach: 2)
        let head = try head(upgrade)
        #expect(head.target == "/chat?a=b")
        for name in [
            "Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Roadstead-Attach",
        ] {
            #expect(head.headers.all(name).count == 1, "\(name)")
        }
        let offer = try UpgradeRequest.evaluate(head).get()
        #expect(offer == WebSocketOffer(key: "dGhlIHNhbXBsZSBub25jZQ==", subprotocols: ["chat", "superchat"]))
    }

    @Test("offers later upstreams what the first one chose, and nothing if it chose nothing", arguments: [[], ["superchat"]])
    func offersLater(_ chosen: [String]) throws {
        var request = Self.request
        request.subprotocols = chosen
        let head = try head(request.upgrade(host: "backend", path: "", key: "dGhlIHNhbXBsZSBub25jZQ==", attach: 2))
        #expect(head.headers.all("Sec-WebSocket-Protocol") == chosen)
        #expect(request != Self.request)
    }

    @Test("without fields is a bare handshake")
    func isBare() throws {
        let head = try head(UpstreamRequest(target: "/", subprotocols: [], headers: []).upgrade(host: "h", path: "", key: "k", attach: 1))
        #expect(
            head.headers.fields.map(\.name) == [
                "Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Roadstead-Attach",
            ])
    }
}
