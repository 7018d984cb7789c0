import RoadsteadWire
import Testing

@Suite("Responses as bytes")
struct ResponseWritingTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test("a refusal is a whole response that closes the connection")
    func refusal() {
        let refusal = Refusal(status: 405, explanation: "use GET", headers: [HeaderField(name: "Allow", value: "GET")])
        #expect(
            text(refusal.response.serialized())
                == "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
                + "Content-Length: 32\r\n\r\n405 Method Not Allowed: use GET\n")
        #expect(text(refusal.response.serialized(includesBody: false)).hasSuffix("\r\nContent-Length: 32\r\n\r\n"))
    }

    @Test("a refusal's Connection field keeps the option that goes with Upgrade")
    func refusalWithUpgrade() {
        let refusal = Refusal(status: 426, explanation: "x", headers: [HeaderField(name: "Connection", value: "Upgrade")])
        let response = text(refusal.response.serialized())
        #expect(response.contains("\r\nConnection: Upgrade, close\r\n"))
        #expect(response.hasSuffix("\r\n\r\n426 Upgrade Required: x\n"))
    }

    @Test("a head that could not be read is refused with its status and explanation")
    func refusalOfHead() {
        let refusal = Refusal(HTTPHeadError.tooLarge(limit: 16384))
        #expect(refusal.status == 431 && refusal.explanation == "the head is larger than 16384 bytes")
    }

    @Test("a refusal can be read back")
    func refusalParses() {
        let refusal = Refusal(status: 503, explanation: "draining", headers: [HeaderField(name: "Retry-After", value: "5")])
        let bytes = refusal.response.serialized()
        guard case .complete(let head, let end) = HeadProbe.response(bytes, in: [0..<bytes.count]) else {
            Issue.record("unreadable")
            return
        }
        #expect(head.status == 503 && head.reason == "Service Unavailable" && head.headers["Retry-After"] == "5")
        #expect(head.framing == .length(bytes.count - end))
    }

    @Test("a response counts its body itself")
    func response() {
        let response = HTTPResponse(status: 200, headers: ["Content-Length": "99", "X": "y"], body: Array("hé".utf8))
        #expect(text(response.serialized()) == "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 3\r\n\r\nhé")
        #expect(text(response.serialized(includesBody: false)) == "HTTP/1.1 200 OK\r\nX: y\r\nContent-Length: 3\r\n\r\n")
        #expect(text(HTTPResponse(status: 404).serialized()) == "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        #expect(text(HTTPResponse(status: 204, body: [1]).serialized()) == "HTTP/1.1 204 No Content\r\n\r\n")
        #expect(
            text(HTTPResponse(status: 200, text: "{}", contentType: "application/json").serialized())
                == "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
    }

    @Test("no text can forge a header field")
    func noInjection() {
        let response = HTTPResponse(status: 200, headers: ["X": "a\r\nSet-Cookie: b\u{0}\u{7F}"])
        #expect(text(response.serialized()) == "HTTP/1.1 200 OK\r\nX: a  Set-Cookie: b  \r\nContent-Length: 0\r\n\r\n")
        let upgrade = ClientUpgrade(host: "a\r\nX: b", target: "/ HTTP/1.1\r\n\r\n", key: "k")
        #expect(text(upgrade.serialized()).hasPrefix("GET / HTTP/1.1     HTTP/1.1\r\nHost: a  X: b\r\nUpgrade: "))
    }

    @Test("every status sent here has its words")
    func reasons() {
        for status in [101, 200, 202, 204, 400, 401, 403, 404, 405, 408, 409, 413, 426, 429, 431, 500, 501, 502, 503, 504, 505] {
            #expect(HTTPStatus.reason(status) != "Unknown")
        }
        #expect(HTTPStatus.reason(299) == "Unknown")
    }

    @Test("a 101 carries the accept value of RFC 6455 section 1.3, the subprotocol and further fields")
    func upgrade() {
        let response = UpgradeResponse(key: "dGhlIHNhbXBsZSBub25jZQ==", subprotocol: "chat", headers: ["Roadstead-Session": "id"])
        #expect(
            text(response.serialized())
                == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\nRoadstead-Session: id\r\n\r\n")
        #expect(!text(UpgradeResponse(key: "x").serialized()).contains("Protocol:"))
    }
}
