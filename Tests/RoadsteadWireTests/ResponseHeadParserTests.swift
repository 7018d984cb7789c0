import Testing

@testable import RoadsteadWire

@Suite("ResponseHeadParser")
struct ResponseHeadParserTests {
    struct Example: Sendable {
        var text: String
        var head: ResponseHead
    }

    static let examples: [Example] = [
        // RFC 9110 section 3.9 and RFC 6455 section 1.3.
        Example(
            text:
                "HTTP/1.1 200 OK\r\nDate: Mon, 27 Jul 2009 12:28:53 GMT\r\nServer: Apache\r\nContent-Length: 51\r\nVary: Accept-Encoding\r\n\r\n",
            head: ResponseHead(
                status: 200, reason: "OK",
                headers: ["Date": "Mon, 27 Jul 2009 12:28:53 GMT", "Server": "Apache", "Content-Length": "51", "Vary": "Accept-Encoding"])),
        Example(
            text: "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n",
            head: ResponseHead(
                status: 101, reason: "Switching Protocols",
                headers: [
                    "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                    "Sec-WebSocket-Protocol": "chat",
                ])),
        Example(text: "HTTP/1.1 404 \r\n\r\n", head: ResponseHead(status: 404)),
        Example(text: "HTTP/1.0 503\r\n\r\n", head: ResponseHead(status: 503)),
        // RFC 9110 section 15.2: interim responses are passed over.
        Example(
            text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200\r\nA: b\r\n\r\n",
            head: ResponseHead(status: 200, headers: ["A": "b"])),
        Example(
            text: "HTTP/1.1 199\r\n\r\nHTTP/1.1 101 S\r\n\r\n", head: ResponseHead(status: 101, reason: "S")),
        Example(text: "HTTP/1.1 999 Ça va\tbien\r\n\r\n", head: ResponseHead(status: 999, reason: "Ça va\tbien")),
    ]

    @Test("each example is read, whole, byte by byte and cut in two at every place, and what follows it is left", arguments: examples)
    func reads(_ example: Example) {
        let bytes = Array(example.text.utf8)
        for pieces in Cut.all(bytes.count) {
            #expect(HeadProbe.response(bytes, in: pieces) == .complete(example.head, end: bytes.count), "cut \(pieces)")
        }
        let followed = bytes + hex("8105 48656c6c6f")
        #expect(HeadProbe.response(followed, in: [0..<followed.count]) == .complete(example.head, end: bytes.count))
    }

    @Test("a head may have as many bytes as the limit and not one more", arguments: examples)
    func limit(_ example: Example) {
        let bytes = Array(example.text.utf8)
        for pieces in Cut.whole(bytes.count) + Cut.everyByte(bytes.count) {
            let complete = HeadOutcome.complete(example.head, end: bytes.count)
            #expect(HeadProbe.response(bytes, in: pieces, maximumBytes: bytes.count + 1) == complete)
            #expect(HeadProbe.response(bytes, in: pieces, maximumBytes: bytes.count) == complete)
            let tooSmall = HeadProbe.response(bytes, in: pieces, maximumBytes: bytes.count - 1)
            #expect(tooSmall == .failed(.tooLarge(limit: bytes.count - 1), piece: pieces.count - 1))
        }
    }

    struct Refused: Sendable {
        var text: String
        var error: HTTPHeadError
        var needed: Int?
    }

    @Test(
        "what is malformed is refused at the byte that shows it",
        arguments: [
            Refused(text: "\u{15}\u{03}\u{03}", error: .invalidVersion, needed: 1),
            Refused(text: "\r\nHTTP/1.1 200 OK\r\n\r\n", error: .invalidVersion, needed: 1),
            Refused(text: "SSH-2.0-OpenSSH\r\n", error: .invalidVersion, needed: 1),
            Refused(text: "HTTP/1.1\r\n\r\n", error: .invalidVersion, needed: 9),
            Refused(text: "HTTP/1.1 100\r\n\r\nx", error: .invalidVersion, needed: 17),
            Refused(text: "HTTP/1.1 100\r\nContent-Length: x\r\n\r\n", error: .invalidContentLength, needed: nil),
            Refused(text: "HTTP/2.0 200 OK\r\n\r\n", error: .unsupportedVersion, needed: 6),
            Refused(text: "HTTP/1.1  200 OK\r\n\r\n", error: .invalidStatusLine, needed: 10),
            Refused(text: "HTTP/1.1 099 OK\r\n\r\n", error: .invalidStatusLine, needed: 10),
            Refused(text: "HTTP/1.1 20 OK\r\n\r\n", error: .invalidStatusLine, needed: 12),
            Refused(text: "HTTP/1.1 2000 OK\r\n\r\n", error: .invalidStatusLine, needed: 13),
            Refused(text: "HTTP/1.1 2x0 OK\r\n\r\n", error: .invalidStatusLine, needed: 11),
            Refused(text: "HTTP/1.1 200 O\u{0}K\r\n\r\n", error: .invalidStatusLine, needed: 15),
            Refused(text: "HTTP/1.1 200\n\n", error: .bareLineBreak, needed: 13),
            Refused(text: "HTTP/1.1 200 OK\n\n", error: .bareLineBreak, needed: 16),
            Refused(text: "HTTP/1.1 200 OK\rX", error: .bareLineBreak, needed: 17),
            Refused(text: "HTTP/1.1 200 OK\r\nA : b\r\n\r\n", error: .whitespaceBeforeColon, needed: 19),
            Refused(text: "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", error: .foldedField, needed: 24),
            Refused(
                text: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", error: .conflictingLengths, needed: nil),
            Refused(text: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", error: .duplicateContentLength, needed: nil),
            Refused(text: "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", error: .invalidTransferEncoding, needed: nil),
        ])
    func refuses(_ example: Refused) {
        let bytes = Array(example.text.utf8)
        for pieces in Cut.all(bytes.count) {
            guard case .failed(let error, _) = HeadProbe.response(bytes, in: pieces) else {
                Issue.record("accepted, cut \(pieces)")
                return
            }
            #expect(error == example.error)
        }
        let expected = (example.needed ?? bytes.count) - 1
        #expect(HeadProbe.response(bytes, in: Cut.everyByte(bytes.count)[0]) == .failed(example.error, piece: expected))
    }
}
