import TestSupport
import Testing

@testable import RoadsteadWire

@Suite("RequestHeadParser")
struct RequestHeadParserTests {
    struct Example: Sendable {
        var text: String
        var head: RequestHead
    }

    static let examples: [Example] = [
        // RFC 9112 section 2.1 (RFC 9110 section 3.9) and section 3.2.1.
        Example(
            text: "GET /hello.txt HTTP/1.1\r\nUser-Agent: curl/7.64.1\r\nHost: www.example.com\r\nAccept-Language: en, mi\r\n\r\n",
            head: RequestHead(
                method: "GET", target: "/hello.txt",
                headers: ["User-Agent": "curl/7.64.1", "Host": "www.example.com", "Accept-Language": "en, mi"])),
        Example(
            text: "GET /where?q=now HTTP/1.1\r\nHost: www.example.org\r\n\r\n",
            head: RequestHead(method: "GET", target: "/where?q=now", headers: ["Host": "www.example.org"])),
        // RFC 6455 section 1.3.
        Example(
            text: "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\n"
                + "Sec-WebSocket-Protocol: chat, superchat\r\nSec-WebSocket-Version: 13\r\n\r\n",
            head: RequestHead(
                method: "GET", target: "/chat",
                headers: [
                    "Host": "server.example.com", "Upgrade": "websocket", "Connection": "Upgrade",
                    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Origin": "http://example.com",
                    "Sec-WebSocket-Protocol": "chat, superchat", "Sec-WebSocket-Version": "13",
                ])),
        // White space about values, empty values, repeated names, UTF-8, HTAB, every token character.
        Example(
            text: "GET / HTTP/1.1\r\nhOST:\t example.com:8443 \t\r\nX-Empty:\r\nX-Blank:   \r\nA: b\r\na: c\td\r\nÄ: no\r\n\r\n"
                .replacing("Ä", with: "X-Name") + "",
            head: RequestHead(
                method: "GET", target: "/",
                headers: ["hOST": "example.com:8443", "X-Empty": "", "X-Blank": "", "A": "b", "a": "c\td", "X-Name": "no"])),
        Example(
            text: "M!#$%&'*+-.^_`|~ /%7Euser/a.b/..c/...?x=/../&y={|}^`\\[] HTTP/1.1\r\nHost: [::1]:80\r\nX: naïve 🌊\r\n\r\n",
            head: RequestHead(
                method: "M!#$%&'*+-.^_`|~", target: "/%7Euser/a.b/..c/...?x=/../&y={|}^`\\[]",
                headers: ["Host": "[::1]:80", "X": "naïve 🌊"])),
        // RFC 9112 section 2.2: one empty line before the request line.
        Example(
            text: "\r\nGET /a HTTP/1.1\r\nHost: b\r\n\r\n", head: RequestHead(method: "GET", target: "/a", headers: ["Host": "b"])),
        // RFC 9112 section 3.2.2: the target's authority stands for the Host field.
        Example(
            text: "GET http://www.example.org/pub/WWW/TheProject.html HTTP/1.1\r\nA: b\r\nhost: other:1\r\nC: d\r\n\r\n",
            head: RequestHead(
                method: "GET", target: "/pub/WWW/TheProject.html", headers: ["A": "b", "host": "www.example.org", "C": "d"])),
        Example(
            text: "GET WSS://[::1]:8443/chat?a=b?c HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n",
            head: RequestHead(method: "GET", target: "/chat?a=b?c", headers: ["Host": "[::1]:8443"])),
        Example(
            text: "GET ws://a?b=/c HTTP/1.1\r\nHost: a\r\n\r\n",
            head: RequestHead(method: "GET", target: "/?b=/c", headers: ["Host": "a"])),
        Example(
            text: "GET https://a.example HTTP/1.1\r\nHost: a\r\n\r\n",
            head: RequestHead(method: "GET", target: "/", headers: ["Host": "a.example"])),
        Example(
            text: "GET http://a//b HTTP/1.0\r\n\r\n",
            head: RequestHead(method: "GET", target: "//b", versionMinor: 0, headers: ["Host": "a"])),
        // HTTP/1.0 needs no Host; later minor versions are 1.x.
        Example(text: "GET /healthz HTTP/1.0\r\n\r\n", head: RequestHead(method: "GET", target: "/healthz", versionMinor: 0)),
        Example(
            text: "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
            head: RequestHead(method: "GET", target: "/", versionMinor: 2, headers: ["Host": "a"])),
        Example(
            text: "POST /api HTTP/1.1\r\nHost: a\r\nContent-Length: 05\r\n\r\n",
            head: RequestHead(method: "POST", target: "/api", headers: ["Host": "a", "Content-Length": "05"])),
        Example(
            text: "POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n",
            head: RequestHead(method: "POST", target: "/api", headers: ["Host": "a", "Transfer-Encoding": "Chunked"])),
    ]

    @Test("each example is read, whole, byte by byte and cut in two at every place, and what follows it is left", arguments: examples)
    func reads(_ example: Example) {
        let bytes = Array(example.text.utf8)
        for pieces in Cut.all(bytes.count) {
            #expect(HeadProbe.request(bytes, in: pieces) == .complete(example.head, end: bytes.count), "cut \(pieces)")
        }
        let followed = bytes + [0x81, 0x00, 0x0D, 0x0A]
        #expect(HeadProbe.request(followed, in: [0..<followed.count]) == .complete(example.head, end: bytes.count))
    }

    @Test("every proper beginning of a head is incomplete", arguments: examples)
    func beginnings(_ example: Example) {
        let bytes = Array(example.text.utf8)
        for count in 0..<bytes.count {
            #expect(HeadProbe.request(Array(bytes[..<count]), in: [0..<count]) == .incomplete)
        }
    }

    @Test("a parser reads one head after another")
    func pipelined() {
        let text = Array("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: b\r\n\r\n".utf8)
        var parser = RequestHeadParser(maximumBytes: 40)
        let first = parser.feed(text.span.rawBytes)
        #expect(first == .complete(RequestHead(method: "GET", target: "/1", headers: ["Host": "a"]), consumed: 28))
        #expect(!parser.isMidHead)
        #expect(parser.feed(Array(text[28..<30]).span.rawBytes) == .incomplete)
        #expect(parser.isMidHead)
        let second = parser.feed(Array(text[30...]).span.rawBytes)
        #expect(second == .complete(RequestHead(method: "GET", target: "/2", headers: ["Host": "b"]), consumed: 26))
    }

    @Test(
        "the method is known from the space behind it on, even if the rest is wrong",
        arguments: [
            ("", nil), ("HEA", nil), ("HEAD", nil), ("HE(D /", nil), ("HEAD ", "HEAD"), ("\r\nHEAD /", "HEAD"), ("HEAD  /", "HEAD"),
            ("HEAD /../", "HEAD"), ("HEAD / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HEAD"),
            ("get / HTTP/1.1\r\n" + String(repeating: "a", count: 100), "get"), (String(repeating: "G", count: 101), nil),
            // A head that is complete has it itself.
            ("HEAD / HTTP/1.0\r\n\r\n", nil),
        ] as [(String, String?)])
    func method(_ text: String, _ method: String?) {
        var parser = RequestHeadParser(maximumBytes: 100)
        _ = parser.feed(Array(text.utf8).span.rawBytes)
        #expect(parser.method == method)
    }

    @Test("a failed parser fails for ever")
    func failsForEver() {
        var parser = RequestHeadParser(maximumBytes: 100)
        #expect(parser.feed([UInt8]([0x16]).span.rawBytes) == .failed(.invalidMethod))
        #expect(parser.feed(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8).span.rawBytes) == .failed(.invalidMethod))
    }

    @Test("a head may have as many bytes as the limit and not one more", arguments: examples)
    func limit(_ example: Example) {
        let bytes = Array(example.text.utf8)
        let count = bytes.count
        for pieces in Cut.whole(count) + Cut.everyByte(count) {
            let complete = HeadOutcome.complete(example.head, end: count)
            #expect(HeadProbe.request(bytes, in: pieces, maximumBytes: count + 1) == complete)
            #expect(HeadProbe.request(bytes, in: pieces, maximumBytes: count) == complete)
            let tooSmall = HeadProbe.request(bytes, in: pieces, maximumBytes: count - 1)
            #expect(tooSmall == .failed(.tooLarge(limit: count - 1), piece: pieces.count - 1))
        }
        #expect(HTTPHeadError.tooLarge(limit: count).status == 431)
        // What follows the head does not count.
        let followed = bytes + [0, 0, 0]
        #expect(HeadProbe.request(followed, in: [0..<followed.count], maximumBytes: count) == .complete(example.head, end: count))
    }

    @Test(
        "path and query part at the first question mark",
        arguments: [
            ("/", "/", nil), ("/a?", "/a", ""), ("/a?b=c?d", "/a", "b=c?d"), ("/a/b%20c", "/a/b%20c", nil),
        ] as [(String, String, String?)])
    func pathAndQuery(target: String, path: String, query: String?) {
        let head = RequestHead(method: "GET", target: target)
        #expect(head.path == path)
        #expect(head.query == query)
    }

    @Test(
        "what routes go by is the path as backends may read it",
        arguments: [
            ("/", "/"), ("/a/b", "/a/b"), ("/%61dmin/x", "/admin/x"), ("//admin///x/", "/admin/x/"), ("/a%2Fb", "/a/b"),
            ("/a%2f/b", "/a/b"),
            ("/%C3%A9", "/é"), ("/%FF", "/\u{FFFD}"), ("/a%20b?c=%41//", "/a b"), ("/a%25%36%31", "/a%61"), ("/...", "/..."),
        ])
    func readPath(target: String, path: String) { #expect(RequestHead(method: "GET", target: target).readPath == path) }

    @Test("a connection is kept by HTTP/1.1 unless it says close")
    func keepsAlive() {
        #expect(RequestHead(method: "GET", target: "/").keepsAlive)
        #expect(!RequestHead(method: "GET", target: "/", headers: ["Connection": "x, Close"]).keepsAlive)
        #expect(!RequestHead(method: "GET", target: "/", versionMinor: 0).keepsAlive)
    }

    @Test("whatever the bytes are, the cut does not change the outcome, and nothing traps")
    func garbage() {
        let seed = UInt64.random(in: .min ... .max)
        print("RequestHeadParserTests.garbage seed: \(seed)")
        var generator = SeededGenerator(seed: seed)
        var failures = 0
        for round in 0..<1500 {
            let example = Self.examples[round % Self.examples.count]
            var bytes = round.isMultiple(of: 5) ? generator.bytes(30) : Array(example.text.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                let replacement = [0x0A, 0x0D, 0x20, 0x3A, 0x00, 0x25, UInt8.random(in: 0...255, using: &generator)]
                bytes[place] = replacement.randomElement(using: &generator) ?? 0
            }
            let whole = HeadProbe.request(bytes, in: [0..<bytes.count])
            let split = HeadProbe.request(bytes, in: Cut.random(bytes.count, using: &generator))
            switch (whole, split) {
            case (.failed(let left, _), .failed(let right, _)):
                failures += 1
                #expect(left == right, "seed \(seed), round \(round)")
            default:
                #expect(whole == split, "seed \(seed), round \(round)")
            }
        }
        #expect(failures > 300, "seed \(seed): the mutations must reach the checks")
    }
}
