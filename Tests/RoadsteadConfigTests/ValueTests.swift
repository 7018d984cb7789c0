import Testing

@testable import RoadsteadConfig

@Suite struct ValueTests {
    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("20s", .seconds(20)), ("5m", .seconds(300)), ("1h", .seconds(3600)), ("0s", .zero),
        ("60s", .seconds(60)), ("1500ms", .milliseconds(1500)), ("2m", .seconds(120)), ("36h", .seconds(129_600)),
    ])
    func `a duration reads and writes in its largest unit`(_ text: String, _ duration: Duration) {
        #expect(DurationText.parse(text) == .success(duration))
        #expect(DurationText.write(duration) == text)
    }

    @Test(arguments: ["", "s", "1", "-1s", "1.5s", "1m30s", "1 s", "1S", "٣s", "1us"])
    func `text that is no duration is refused`(_ text: String) {
        #expect(throws: ValueFault.self) { try DurationText.parse(text).get() }
    }

    @Test(arguments: [("0", 0), ("65537", 65_537), ("64KiB", 65_536), ("1MiB", 1 << 20), ("3GiB", 3 << 30), ("1023", 1023)])
    func `a size reads and writes in its largest unit`(_ text: String, _ bytes: Int) {
        #expect(SizeText.parse(text) == .success(bytes))
        #expect(SizeText.write(bytes) == text)
    }

    @Test(arguments: ["", "KiB", "1kb", "1KB", "1.5MiB", "-1", "1 KiB", "0x10"])
    func `text that is no size is refused`(_ text: String) {
        #expect(throws: ValueFault.self) { try SizeText.parse(text).get() }
    }

    @Test(
        arguments: [
            ("127.0.0.1", [127, 0, 0, 1]), ("::", [UInt8](repeating: 0, count: 16)), ("::1", [UInt8](repeating: 0, count: 15) + [1]),
            ("2001:db8::a:b", [0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x0A, 0, 0x0B]),
            ("1:2:3:4:5:6:7:8", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8]),
            ("1:2:3:4:5:6:7::", [0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0]),
            ("::ffff:192.0.2.1", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 192, 0, 2, 1]),
        ] as [(String, [UInt8])])
    func `an IP address is read into its bytes`(_ text: String, _ bytes: [UInt8]) {
        #expect(IPLiteral(text)?.bytes == bytes)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.+4", "1..2.3", ":::", "1::2::3", ":1", "1:", "1:2:3:4:5:6:7", "12345::",
        "g::", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "1.2.3.4::", "::1%eth0", "::1.2.3",
    ])
    func `text that is no IP address is refused`(_ text: String) {
        #expect(IPLiteral(text) == nil)
    }

    @Test(arguments: [
        ("127.0.0.1:8443", ListenAddress.Kind.internet(host: "127.0.0.1", port: 8443)), ("[::1]:0", .internet(host: "::1", port: 0)),
        ("localhost:65535", .internet(host: "localhost", port: 65_535)), ("unix:/run/a.sock", .unix(path: "/run/a.sock")),
    ])
    func `a listen address is read and written`(_ text: String, _ kind: ListenAddress.Kind) {
        #expect(ListenAddress(text)?.kind == kind)
        #expect(ListenAddress(text)?.text == text)
    }

    @Test(arguments: [
        ("127.0.0.1:1", true), ("127.9.9.9:1", true), ("[::1]:1", true), ("localhost:1", true), ("unix:/a", true), ("0.0.0.0:1", false),
        ("[::]:1", false), ("10.0.0.1:1", false), ("example.com:1", false),
    ])
    func `only loopback and unix sockets are local`(_ text: String, _ isLocal: Bool) {
        #expect(ListenAddress(text)?.isLocal == isLocal)
    }

    @Test(arguments: [
        "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:+1", "1.2.3:1", "[::1]", "[1.2.3.4]:1", "[::1]8443", "a b:1", "unix:/", "-a:1",
    ])
    func `text that is no listen address is refused`(_ text: String) {
        #expect(ListenAddress(text) == nil)
    }

    @Test func `a unix path fits into a socket address or is refused`() {
        #expect(ListenAddress("unix:/" + String(repeating: "a", count: 106)) != nil)
        #expect(ListenAddress("unix:/" + String(repeating: "a", count: 107)) == nil)
    }

    @Test func `an endpoint is taken apart`() throws {
        let plain = try #require(EndpointAddress("ws://h"))
        #expect(!plain.isSecure && plain.host == "h" && plain.port == 80 && plain.path == "" && plain.unixPath == nil)
        let secure = try #require(EndpointAddress("wss://[::1]/base/"))
        #expect(secure.isSecure && secure.host == "::1" && secure.port == 443 && secure.path == "/base")
        let local = try #require(EndpointAddress("unix:/run/a.sock"))
        #expect(!local.isSecure && local.unixPath == "/run/a.sock" && local.host == "localhost")
    }

    @Test(
        arguments: [
            ("10.0.0.0/8", [10, 255, 0, 1], true), ("10.0.0.0/8", [11, 0, 0, 0], false), ("10.0.0.0/9", [10, 128, 0, 0], false),
            ("192.0.2.1", [192, 0, 2, 1], true), ("192.0.2.1", [192, 0, 2, 2], false), ("0.0.0.0/0", [1, 2, 3, 4], true),
            ("::/0", [1, 2, 3, 4], false), ("::ffff:10.0.0.0/104", [10, 255, 0, 1], true), ("::ffff:10.0.0.0/104", [11, 0, 0, 0], false),
            ("::ffff:192.0.2.1", [192, 0, 2, 1], true), ("::ffff:0:0/96", [1, 2, 3, 4], true), ("::fffe:0:0/95", [1, 2, 3, 4], false),
        ] as [(String, [UInt8], Bool)])
    func `a range holds the addresses that share its prefix`(_ range: String, _ address: [UInt8], _ holds: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == holds)
    }

    @Test(arguments: ["round_robin", "least_sessions", "hash:ip", "hash:header:X-Room", "hash:query:room"])
    func `a balance reads and writes`(_ text: String) {
        #expect(Balance(text)?.description == text)
    }

    @Test(arguments: ["", "hash", "hash:", "hash:ip:", "hash:header", "hash:header:", "hash:header:a b", "round_robin:", "random"])
    func `text that is no balance is refused`(_ text: String) {
        #expect(Balance(text) == nil)
    }

    @Test(arguments: [("levle", "level", 1), ("", "ab", 2), ("kitten", "sitting", 3), ("same", "same", 0)])
    func `words are as far apart as the edits between them`(_ first: String, _ second: String, _ edits: Int) {
        #expect(Spelling.distance(Array(first.utf8), Array(second.utf8)) == edits)
    }
}
