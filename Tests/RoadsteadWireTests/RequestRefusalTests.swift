import Testing

@testable import RoadsteadWire

/// Requests that must be refused: malformed ones, and the forms by which requests are smuggled past a gateway.
@Suite("Refused request heads")
struct RequestRefusalTests {
    struct Example: Sendable {
        var text: String
        var error: HTTPHeadError
        var status = 400
        /// How many bytes it takes to know; nil if the whole head.
        var needed: Int?
    }

    private static func fields(_ fields: String, _ error: HTTPHeadError, status: Int = 400) -> Example {
        Example(text: "POST / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n", error: error, status: status, needed: nil)
    }

    static let requestLines: [Example] = [
        Example(text: "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}", error: .invalidMethod, needed: 1),
        // RFC 9112 section 2.2: one empty line may come first.
        Example(text: "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", error: .invalidMethod, needed: 3),
        Example(text: "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", error: .bareLineBreak, needed: 2),
        Example(text: "\r\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", error: .invalidMethod, needed: 3),
        Example(text: "\r\n GET / HTTP/1.1\r\nHost: a\r\n\r\n", error: .invalidMethod, needed: 3),
        Example(text: "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", error: .invalidMethod, needed: 1),
        Example(text: " GET / HTTP/1.1\r\nHost: a\r\n\r\n", error: .invalidMethod, needed: 1),
        Example(text: "GE\tT / HTTP/1.1\r\n", error: .invalidMethod, needed: 3),
        Example(text: "GET\t/ HTTP/1.1\r\n", error: .invalidMethod, needed: 4),
        Example(text: "GET\r\n", error: .invalidMethod, needed: 4),
        Example(text: "GE(T / HTTP/1.1\r\n", error: .invalidMethod, needed: 3),
        Example(text: "GÉT / HTTP/1.1\r\n", error: .invalidMethod, needed: 2),
        // RFC 9112 sections 3.2.2 to 3.2.4.
        Example(text: "GET ftp://www.example.org/pub HTTP/1.1\r\n", error: .unsupportedTargetForm, needed: 5),
        Example(text: "GET httpx://www.example.org/pub HTTP/1.1\r\n", error: .unsupportedTargetForm, needed: 9),
        Example(text: "GET http:/a HTTP/1.1\r\n", error: .unsupportedTargetForm, needed: 11),
        Example(text: "GET http:///a HTTP/1.1\r\n", error: .invalidTarget, needed: 14),
        Example(text: "GET http:// HTTP/1.1\r\n", error: .invalidTarget, needed: 12),
        Example(text: "GET http: HTTP/1.1\r\n", error: .unsupportedTargetForm, needed: 10),
        Example(text: "GET ws HTTP/1.1\r\n", error: .unsupportedTargetForm, needed: 7),
        Example(text: "GET wss://user@a/ HTTP/1.1\r\n", error: .invalidTarget, needed: 18),
        Example(text: "GET wss://a:b/ HTTP/1.1\r\n", error: .invalidTarget, needed: 15),
        Example(text: "GET wss://a,b/ HTTP/1.1\r\n", error: .invalidTarget, needed: 15),
        Example(text: "GET wss://a\\b/ HTTP/1.1\r\n", error: .invalidTarget, needed: 12),
        Example(text: "GET wss://a#b HTTP/1.1\r\n", error: .invalidTarget, needed: 12),
        Example(text: "GET wss://a/../b HTTP/1.1\r\n", error: .dotSegment, needed: 17),
        Example(text: "GET wss://a\r\n", error: .invalidVersion, needed: 12),
        Example(text: "CONNECT www.example.com:80 HTTP/1.1\r\n", error: .unsupportedTargetForm, needed: 10),
        Example(text: "OPTIONS * HTTP/1.1\r\n", error: .unsupportedTargetForm, needed: 9),
        Example(text: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", error: .unsupportedTargetForm, needed: 5),
        Example(text: "GET  / HTTP/1.1\r\n", error: .unsupportedTargetForm, needed: 5),
        Example(text: "GET /a#b HTTP/1.1\r\n", error: .invalidTarget, needed: 7),
        Example(text: "GET /a\u{7F} HTTP/1.1\r\n", error: .invalidTarget, needed: 7),
        Example(text: "GET /a\u{0} HTTP/1.1\r\n", error: .invalidTarget, needed: 7),
        Example(text: "GET /a\tb HTTP/1.1\r\n", error: .invalidTarget, needed: 7),
        Example(text: "GET /é HTTP/1.1\r\n", error: .invalidTarget, needed: 6),
        Example(text: "GET /<a> HTTP/1.1\r\n", error: .invalidTarget, needed: 6),
        Example(text: "GET /a\\b HTTP/1.1\r\n", error: .invalidTarget, needed: 7),
        Example(text: "GET /a%zz HTTP/1.1\r\n", error: .invalidTarget, needed: 10),
        Example(text: "GET /a% HTTP/1.1\r\n", error: .invalidTarget, needed: 8),
        Example(text: "GET /a%0 HTTP/1.1\r\n", error: .invalidTarget, needed: 9),
        Example(text: "GET /a%00b HTTP/1.1\r\n", error: .invalidTarget, needed: 11),
        Example(text: "GET /a/../b HTTP/1.1\r\n", error: .dotSegment, needed: 12),
        Example(text: "GET /.. HTTP/1.1\r\n", error: .dotSegment, needed: 8),
        Example(text: "GET /a/./b?c HTTP/1.1\r\n", error: .dotSegment, needed: 13),
        Example(text: "GET /a/%2e%2E/b HTTP/1.1\r\n", error: .dotSegment, needed: 16),
        Example(text: "GET /a/.%2e HTTP/1.1\r\n", error: .dotSegment, needed: 12),
        // As readers see it that take an encoded slash or backslash for one, or leave parameters out.
        Example(text: "GET /a/..%2fb HTTP/1.1\r\n", error: .dotSegment, needed: 14),
        Example(text: "GET /a%5C..%5cb HTTP/1.1\r\n", error: .dotSegment, needed: 16),
        Example(text: "GET /a/..;x/b HTTP/1.1\r\n", error: .dotSegment, needed: 14),
        Example(text: "GET /a/%2e;/b HTTP/1.1\r\n", error: .dotSegment, needed: 14),
        Example(text: "GET /\r\n", error: .invalidVersion, needed: 6),
        Example(text: "GET / \r\n", error: .invalidVersion, needed: 7),
        Example(text: "GET / http/1.1\r\n", error: .invalidVersion, needed: 7),
        Example(text: "GET /  HTTP/1.1\r\n", error: .invalidVersion, needed: 7),
        Example(text: "GET /a b HTTP/1.1\r\n", error: .invalidVersion, needed: 8),
        Example(text: "GET / HTTP/1,1\r\n", error: .invalidVersion, needed: 13),
        Example(text: "GET / HTTP/1.x\r\n", error: .invalidVersion, needed: 14),
        Example(text: "GET / HTTP/1.\r\n", error: .invalidVersion, needed: 14),
        Example(text: "GET / HTTP/1.10\r\n", error: .invalidVersion, needed: 15),
        Example(text: "GET / HTTP/1.1 \r\n", error: .invalidVersion, needed: 15),
        Example(text: "GET / HTTP/x.1\r\n", error: .invalidVersion, needed: 12),
        Example(text: "GET / HTTP/0.9\r\n", error: .unsupportedVersion, status: 505, needed: 12),
        Example(text: "GET / HTTP/2.0\r\n", error: .unsupportedVersion, status: 505, needed: 12),
        Example(text: "GET / HTTP/3\r\n", error: .unsupportedVersion, status: 505, needed: 12),
        Example(text: "GET / HTTP/1.1\nHost: a\n\n", error: .bareLineBreak, needed: 15),
        Example(text: "GET / HTTP/1.1\rHost: a\r\r", error: .bareLineBreak, needed: 16),
    ]

    static let fieldLines: [Example] = [
        Example(text: "GET / HTTP/1.1\r\n Host: a\r\n\r\n", error: .foldedField, needed: 17),
        Example(text: "GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n", error: .foldedField, needed: 26),
        Example(text: "GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", error: .foldedField, needed: 26),
        Example(text: "GET / HTTP/1.1\r\nHost : a\r\n\r\n", error: .whitespaceBeforeColon, needed: 21),
        Example(text: "GET / HTTP/1.1\r\nHost\t: a\r\n\r\n", error: .whitespaceBeforeColon, needed: 21),
        Example(text: "GET / HTTP/1.1\r\n: a\r\n\r\n", error: .invalidFieldName, needed: 17),
        Example(text: "GET / HTTP/1.1\r\nHo(st: a\r\n\r\n", error: .invalidFieldName, needed: 19),
        Example(text: "GET / HTTP/1.1\r\nHöst: a\r\n\r\n", error: .invalidFieldName, needed: 18),
        Example(text: "GET / HTTP/1.1\r\nHo\u{0}st: a\r\n\r\n", error: .invalidFieldName, needed: 19),
        Example(text: "GET / HTTP/1.1\r\nHost\r\n\r\n", error: .invalidFieldName, needed: 21),
        Example(text: "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", error: .bareLineBreak, needed: 24),
        Example(text: "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", error: .bareLineBreak, needed: 25),
        Example(text: "GET / HTTP/1.1\r\nHost: a\r\n\n", error: .bareLineBreak, needed: 26),
        Example(text: "GET / HTTP/1.1\r\nHost: a\r\n\rX", error: .bareLineBreak, needed: 27),
        Example(text: "GET / HTTP/1.1\r\nX: a\u{0}b\r\n\r\n", error: .invalidFieldValue, needed: 21),
        Example(text: "GET / HTTP/1.1\r\nX: a\u{1B}b\r\n\r\n", error: .invalidFieldValue, needed: 21),
        Example(text: "GET / HTTP/1.1\r\nX: a\u{7F}b\r\n\r\n", error: .invalidFieldValue, needed: 21),
        Example(text: "GET / HTTP/1.1\r\n\r\n", error: .missingHost, needed: nil),
        Example(text: "GET / HTTP/1.1\r\nX-Host: a\r\n\r\n", error: .missingHost, needed: nil),
        Example(text: "GET / HTTP/1.1\r\nHost: a\r\nHOST: a\r\n\r\n", error: .duplicateHost, needed: nil),
        Example(text: "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", error: .duplicateHost, needed: nil),
        // RFC 9112 section 3.2: the authority of an absolute target does not make up for them.
        Example(text: "GET ws://a/ HTTP/1.1\r\n\r\n", error: .missingHost, needed: nil),
        Example(text: "GET ws://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", error: .duplicateHost, needed: nil),
        Example(text: "GET ws://a/ HTTP/1.1\r\nHost: a b\r\n\r\n", error: .invalidHost, needed: nil),
    ]

    static let invalidHosts = [
        "", "a b", "a,b", "a/b", "user@a", "a:b", "a:65536", "a:-1", "a:1:2", ":80", "[::1", "::1", "[]", "[::1]x", "[g::1]", "[1]", "a%41",
        "ä",
        "a:123456", "[::1]:x", "http://a", "[1:2:3:4:5:6:7:8:9]",
    ].map { Example(text: "GET / HTTP/1.1\r\nHost: \($0)\r\n\r\n", error: .invalidHost, needed: nil) }

    static let smuggling: [Example] = [
        fields("Content-Length: 5\r\nTransfer-Encoding: chunked", .conflictingLengths),
        fields("Transfer-Encoding: chunked\r\nContent-Length: 5", .conflictingLengths),
        fields("Transfer-Encoding: chunked\r\ncontent-length: 0", .conflictingLengths),
        fields("Transfer-Encoding: xchunked\r\nContent-Length: 4", .conflictingLengths),
        fields("Content-Length: 5\r\nContent-Length: 6", .duplicateContentLength),
        fields("Content-Length: 5\r\nContent-Length: 5", .duplicateContentLength),
        fields("Content-Length: 5, 5", .invalidContentLength),
        fields("Content-Length: 5,6", .invalidContentLength),
        fields("Content-Length:", .invalidContentLength),
        fields("Content-Length: +5", .invalidContentLength),
        fields("Content-Length: -5", .invalidContentLength),
        fields("Content-Length: 0x5", .invalidContentLength),
        fields("Content-Length: 5 5", .invalidContentLength),
        fields("Content-Length: 5.0", .invalidContentLength),
        fields("Content-Length: ５", .invalidContentLength),
        fields("Content-Length: 9223372036854775808", .invalidContentLength),
        fields("Content-Length: 184467440737095516160", .invalidContentLength),
        fields("Transfer-Encoding: xchunked", .invalidTransferEncoding),
        fields("Transfer-Encoding: identity", .invalidTransferEncoding),
        fields("Transfer-Encoding:", .invalidTransferEncoding),
        fields("Transfer-Encoding: chunked, chunked", .invalidTransferEncoding),
        fields("Transfer-Encoding: chunked, identity", .invalidTransferEncoding),
        fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: x", .invalidTransferEncoding),
        fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", .invalidTransferEncoding),
        fields("Transfer-Encoding: \"chunked\"", .invalidTransferEncoding),
        fields("Transfer-Encoding: chunked;q=1", .invalidTransferEncoding),
        fields("Transfer-Encoding: gzip, chunked", .unsupportedTransferEncoding, status: 501),
        fields("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked", .unsupportedTransferEncoding, status: 501),
        Example(text: "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", error: .invalidTransferEncoding, needed: nil),
        fields("Transfer-Encoding : chunked", .whitespaceBeforeColon),
        fields("Transfer-Encoding\t: chunked", .whitespaceBeforeColon),
        fields(" Transfer-Encoding: chunked", .foldedField),
        fields("Transfer-Encoding:\r\n chunked", .foldedField),
        fields("X: a\nTransfer-Encoding: chunked", .bareLineBreak),
        fields("X: a\rTransfer-Encoding: chunked", .bareLineBreak),
        fields("X: a\r\r\nTransfer-Encoding: chunked", .bareLineBreak),
        fields("Transfer-Encoding: \u{B}chunked", .invalidFieldValue),
        fields("Transfer-Encoding: chunked\u{0}", .invalidFieldValue),
        fields("\u{0}Transfer-Encoding: chunked", .invalidFieldName),
        fields("Content-Length: 5\u{C}", .invalidFieldValue),
    ]

    @Test(
        "each is refused with its error and status, however it is cut, at the byte that shows it",
        arguments: requestLines + fieldLines + invalidHosts + smuggling)
    func refuses(_ example: Example) {
        let bytes = Array(example.text.utf8)
        #expect(example.error.status == example.status)
        for pieces in Cut.all(bytes.count) {
            guard case .failed(let error, _) = HeadProbe.request(bytes, in: pieces) else {
                Issue.record("accepted, cut \(pieces)")
                return
            }
            #expect(error == example.error)
        }
        // Where the whole head must be known, or the place is another test's, any byte may show it.
        guard let needed = example.needed else { return }
        let pieces = Cut.everyByte(bytes.count)[0]
        #expect(HeadProbe.request(bytes, in: pieces) == .failed(example.error, piece: needed - 1))
    }

    @Test(
        "a field value that is not UTF-8 is refused at its first wrong byte",
        arguments: [("ff", 0), ("c328", 1), ("eda080", 1), ("61c30d", 2)])
    func invalidUTF8(value: String, wrongAt: Int) {
        let start = Array("GET / HTTP/1.1\r\nX: ".utf8)
        let bytes = start + hex(value) + Array("\r\n\r\n".utf8)
        let outcome = HeadProbe.request(bytes, in: Cut.everyByte(bytes.count)[0])
        #expect(outcome == .failed(.invalidFieldValue, piece: start.count + wrongAt))
    }

    @Test(
        "hosts that are right",
        arguments: [
            "a", "example.com", "example.com:443", "a_b-c.example.", "127.0.0.1", "127.0.0.1:8443", "[::1]",
            "[2001:db8::1]:65535", "[::ffff:1.2.3.4]", "localhost:", "xn--bcher-kva.example",
        ])
    func validHosts(_ host: String) {
        #expect(HeadProbe.head("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")?.headers["host"] == host)
    }

    @Test("framing tells the length of a body")
    func framing() {
        #expect(HeadProbe.head("GET / HTTP/1.1\r\nHost: a\r\n\r\n")?.framing == MessageFraming.none)
        #expect(HeadProbe.head("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\n")?.framing == .length(.max))
        #expect(HeadProbe.head("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")?.framing == .length(0))
        #expect(HeadProbe.head("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked,\r\n\r\n")?.framing == .chunked)
    }

    @Test("every explanation is one line and differs from the others")
    func explanations() {
        let errors = Set((Self.requestLines + Self.fieldLines + Self.invalidHosts + Self.smuggling).map { "\($0.error)" })
        let explanations = Set((Self.requestLines + Self.fieldLines + Self.invalidHosts + Self.smuggling).map(\.error.explanation))
        #expect(errors.count == explanations.count)
        #expect(explanations.allSatisfy { !$0.isEmpty && !$0.contains("\n") })
    }
}
