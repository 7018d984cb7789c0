import Testing

@testable import RoadsteadWire

@Suite("ProxyHeaderParser")
struct ProxyHeaderParserTests {
    struct Example: Sendable {
        var name: String
        var bytes: [UInt8]
        var source: ProxyHeader.Source
    }

    private static let signature = hex("0d0a0d0a000d0a515549540a")
    private static let v4 = hex("c0a80001 c0a80002 1f90 20fb")
    private static let v6 = hex("20010db8000000000000000000000001 20010db8000000000000000000000002 1f90 20fb")
    private static let longest = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

    private static func binary(_ command: UInt8, _ family: UInt8, _ rest: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = length ?? rest.count
        return signature + [0x20 | command, family, UInt8(length >> 8), UInt8(length & 255)] + rest
    }

    private static func tlv(_ type: UInt8, _ value: [UInt8]) -> [UInt8] {
        [type, UInt8(value.count >> 8), UInt8(value.count & 255)] + value
    }

    private static func tlv(_ type: UInt8, text: String) -> [UInt8] { tlv(type, Array(text.utf8)) }

    static let examples: [Example] = [
        Example(
            name: "TCP4", bytes: Array("PROXY TCP4 192.0.2.1 192.0.2.2 4711 443\r\n".utf8),
            source: .text("192.0.2.1", isIPv6: false, port: 4711)),
        Example(
            name: "TCP6", bytes: Array("PROXY TCP6 2001:db8::1 ::ffff:192.0.2.2 65535 0\r\n".utf8),
            source: .text("2001:db8::1", isIPv6: true, port: 65535)),
        Example(
            name: "TCP4 at its edges", bytes: Array("PROXY TCP4 255.255.255.255 0.0.0.0 0 65535\r\n".utf8),
            source: .text("255.255.255.255", isIPv6: false, port: 0)),
        Example(
            name: "TCP6 as long as it can be", bytes: Array("PROXY TCP6 \(longest) \(longest) 65535 65535\r\n".utf8),
            source: .text(longest, isIPv6: true, port: 65535)),
        Example(name: "UNKNOWN alone", bytes: Array("PROXY UNKNOWN\r\n".utf8), source: .peer),
        Example(
            name: "UNKNOWN, 107 bytes", bytes: Array("PROXY UNKNOWN ".utf8) + [UInt8](repeating: 0x78, count: 91) + [0x0D, 0x0A],
            source: .peer),
        Example(name: "IPv4", bytes: binary(1, 0x11, v4), source: .ipv4(0xC0A8_0001, port: 8080)),
        Example(name: "IPv6", bytes: binary(1, 0x21, v6), source: .ipv6(high: 0x2001_0DB8_0000_0000, low: 1, port: 8080)),
        Example(
            name: "IPv4 with TLVs", bytes: binary(1, 0x11, v4 + hex("01 0008 687474702f312e31")), source: .ipv4(0xC0A8_0001, port: 8080)),
        Example(
            name: "as much as is taken", bytes: binary(1, 0x11, v4 + tlv(0x04, [UInt8](repeating: 0, count: 4081))),
            source: .ipv4(0xC0A8_0001, port: 8080)),
        Example(name: "a unix socket", bytes: binary(1, 0x31, [UInt8](repeating: 0, count: 216)), source: .peer),
        Example(name: "unspecified", bytes: binary(1, 0x00, []), source: .peer),
        Example(name: "LOCAL", bytes: binary(0, 0x00, []), source: .peer),
        Example(name: "LOCAL with addresses, which say nothing", bytes: binary(0, 0x11, v4), source: .peer),
        Example(name: "LOCAL of a family that is none", bytes: binary(0, 0xFF, [1, 2, 3]), source: .peer),
    ]

    private static func extended(_ name: String, _ extensions: [UInt8]...) -> Example {
        Example(name: name, bytes: binary(1, 0x11, v4 + Array(extensions.joined())), source: .ipv4(0xC0A8_0001, port: 8080))
    }

    /// What may follow the addresses. Checksums are another program's.
    static let extensions: [Example] = [
        extended(
            "ALPN, authority, an id, a namespace and a balancer's own", tlv(0x01, text: "http/1.1"), tlv(0x02, text: "example.org"),
            tlv(0x05, hex("00ff")), tlv(0x30, text: "blue"), tlv(0xEA, hex("0176706365"))),
        extended("a type that nobody knows", tlv(0xFF, [1])),
        extended("no values", tlv(0x02, []), tlv(0xE0, [])),
        extended("padding", tlv(0x04, []), tlv(0x04, [0, 0, 0]), tlv(0x01, text: "h2"), tlv(0x04, [3, 0, 4])),
        extended("SSL and what is in it", tlv(0x20, hex("07 00000000 21 0007 544c5376312e33 22 0003 626f74"))),
        extended("SSL, whose inside is not read: a wrong checksum and an overrun", tlv(0x20, hex("07 00000000 03 0004 00000000 22 ffff"))),
        extended("SSL of nothing", tlv(0x20, [])),
        extended("a checksum", tlv(0x03, hex("5b6af3b1"))),
        extended("a checksum between others", tlv(0x04, [0, 0, 0]), tlv(0x03, hex("215fcab4")), tlv(0x01, text: "http/1.1")),
        Example(
            name: "a checksum with IPv6", bytes: binary(1, 0x21, v6 + tlv(0x03, hex("6dd0600c"))),
            source: .ipv6(high: 0x2001_0DB8_0000_0000, low: 1, port: 8080)),
        Example(
            name: "a checksum with a unix socket", bytes: binary(1, 0x31, [UInt8](repeating: 0, count: 216) + tlv(0x03, hex("40e4e16f"))),
            source: .peer),
        Example(
            name: "HAProxy 2.6 with crc32c, unique-id and ssl",
            bytes: signature + hex("2111001e 7f0000017f000001a96adf35 030004e0813fcc 050000 2000050000000000"),
            source: .ipv4(0x7F00_0001, port: 43370)),
        Example(name: "unspecified, with no TLV behind it", bytes: binary(1, 0x00, [0x03]), source: .peer),
        Example(name: "LOCAL with a wrong checksum", bytes: binary(0, 0x11, v4 + tlv(0x03, [0, 0, 0, 0])), source: .peer),
    ]

    @Test(
        "each header is read whole, byte by byte and cut in two at every place, and what follows it is left",
        arguments: examples + extensions)
    func reads(_ example: Example) {
        let followed = example.bytes + hex("16030100")
        let cuts = example.bytes.count < 300 ? Cut.all(followed.count) : Cut.whole(followed.count) + Cut.everyByte(followed.count)
        for pieces in cuts {
            let outcome = Self.outcome(followed, in: pieces)
            #expect(
                outcome == .complete(ProxyHeader(source: example.source), consumed: example.bytes.count), "\(example.name), cut \(pieces)")
        }
    }

    @Test("a header that is cut off is incomplete at every place", arguments: examples + extensions)
    func cutOff(_ example: Example) {
        for end in 0..<example.bytes.count {
            #expect(Self.outcome(example.bytes, in: [0..<end]) == .incomplete, "\(example.name) until \(end)")
        }
    }

    struct Refused: Sendable {
        var name: String
        var bytes: [UInt8]
        var error: ProxyHeaderError
        /// How many bytes show it.
        var needed: Int
    }

    private static func line(_ text: String, _ error: ProxyHeaderError = .malformedLine) -> Refused {
        let bytes = Array((text + "\r\n").utf8)
        return Refused(name: text, bytes: bytes, error: error, needed: bytes.count)
    }

    static let refused: [Refused] = [
        Refused(name: "TLS", bytes: hex("16030102"), error: .missing, needed: 1),
        Refused(name: "HTTP", bytes: Array("GET / HTTP/1.1".utf8), error: .missing, needed: 1),
        Refused(name: "POST, which begins alike", bytes: Array("POST / HTTP/1.1".utf8), error: .missing, needed: 2),
        Refused(name: "small letters", bytes: Array("proxy TCP4".utf8), error: .missing, needed: 1),
        Refused(name: "no space", bytes: Array("PROXY\r\n".utf8), error: .missing, needed: 6),
        Refused(name: "a broken signature", bytes: hex("0d0a0d0a000d0a5155495400"), error: .missing, needed: 12),
        line("PROXY "), line("PROXY TCP4"), line("PROXY TCP5 1.2.3.4 1.2.3.4 1 2"), line("PROXY tcp4 1.2.3.4 1.2.3.4 1 2"),
        line("PROXY  TCP4 1.2.3.4 1.2.3.4 1 2"), line("PROXY TCP4 1.2.3.4  1.2.3.4 1 2"), line("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 "),
        line("PROXY TCP4 1.2.3.4 1.2.3.4 1"), line("PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3"), line("PROXY TCP4 1.2.3.4 1.2.3.4 01 2"),
        line("PROXY TCP4 1.2.3.4 1.2.3.4 65536 2"), line("PROXY TCP4 1.2.3.4 1.2.3.4 1 65536"), line("PROXY TCP4 1.2.3.4 1.2.3.4 -1 2"),
        line("PROXY TCP4 1.2.3.4 1.2.3.4 +1 2"), line("PROXY TCP4 1.2.3.4 1.2.3.4  2"), line("PROXY TCP4 ::1 ::1 1 2"),
        line("PROXY TCP6 1.2.3.4 1.2.3.4 1 2"), line("PROXY TCP4 a.b.c.d 1.2.3.4 1 2"), line("PROXY TCP6 ::1%lo ::1 1 2"),
        line("PROXY TCP4\t1.2.3.4 1.2.3.4 1 2"), line("PROXY UNKNOWNS"),
        line("PROXY TCP4 192.0.2.7 999.999.999.999 1 2"), line("PROXY TCP4 1.2.3.256 1.2.3.4 1 2"),
        line("PROXY TCP4 1.2.3.4 1.2.3.256 1 2"),
        line("PROXY TCP4 1.2.3 1.2.3.4 1 2"), line("PROXY TCP4 1.2.3.4 1.2.3 1 2"), line("PROXY TCP4 1.2.3.4 1.2.3.04 1 2"),
        line("PROXY TCP4 1.2.3.4 ::1 1 2"), line("PROXY TCP4 1.2.3.4 localhost 1 2"), line("PROXY TCP6 ::1 ::::: 1 2"),
        line("PROXY TCP6 ::::: ::1 1 2"), line("PROXY TCP6 ::1 1.2.3.4 1 2"), line("PROXY TCP6 ::1 ::1%lo 1 2"),
        line("PROXY TCP6 ::1 1:2:3:4:5:6:7 1 2"), line("PROXY TCP6 ::1 1::2::3 1 2"), line("PROXY TCP6 ::1 [::1] 1 2"),
        line("PROXY TCP4 1.2.3.4 1.2.3.4 1 02"), line("PROXY TCP4 1.2.3.4 1.2.3.4 1 00"), line("PROXY TCP4 1.2.3.4 1.2.3.4 1 -2"),
        line("PROXY TCP4 1.2.3.4 1.2.3.4 1 +2"), line("PROXY TCP4 1.2.3.4 1.2.3.4 1 "), line("PROXY TCP4 1.2.3.4 1.2.3.4 1 0x2"),
        Refused(
            name: "LF alone", bytes: Array("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n".utf8), error: .malformedLine, needed: 31),
        Refused(
            name: "CR alone", bytes: Array("PROXY TCP4 1.2.3.4 1.2.3.4 1 2\rx".utf8), error: .malformedLine, needed: 32),
        Refused(
            name: "108 bytes", bytes: Array("PROXY UNKNOWN ".utf8) + [UInt8](repeating: 0x78, count: 92) + [0x0D, 0x0A],
            error: .lineTooLong,
            needed: 108),
        Refused(name: "no end", bytes: Array("PROXY ".utf8) + [UInt8](repeating: 0x20, count: 500), error: .lineTooLong, needed: 108),
        Refused(name: "version 1 in binary", bytes: signature + [0x11], error: .unsupportedVersion, needed: 13),
        Refused(name: "version 3", bytes: signature + [0x31], error: .unsupportedVersion, needed: 13),
        Refused(name: "command 2", bytes: signature + [0x22], error: .unsupportedCommand, needed: 13),
        Refused(name: "UDP", bytes: binary(1, 0x12, v4), error: .unsupportedProtocol, needed: 16),
        Refused(name: "family 4", bytes: binary(1, 0x41, v4), error: .unsupportedProtocol, needed: 16),
        Refused(name: "IPv4 in 11 bytes", bytes: binary(1, 0x11, Array(v4.dropLast())), error: .truncatedAddresses, needed: 16),
        Refused(name: "IPv6 in 35 bytes", bytes: binary(1, 0x21, Array(v6.dropLast())), error: .truncatedAddresses, needed: 16),
        Refused(name: "4097 bytes", bytes: binary(1, 0x11, v4, length: 4097), error: .tooLarge(limit: 4112), needed: 16),
        Refused(name: "65535 bytes", bytes: binary(0, 0x00, [], length: 65535), error: .tooLarge(limit: 4112), needed: 16),
    ]

    private static func badExtension(
        _ name: String, _ family: UInt8, _ rest: [UInt8], _ error: ProxyHeaderError = .malformedExtensions
    ) -> Refused {
        let bytes = binary(1, family, rest)
        return Refused(name: name, bytes: bytes, error: error, needed: bytes.count)
    }

    static let refusedExtensions: [Refused] = [
        badExtension("one byte of a TLV", 0x11, v4 + hex("01")),
        badExtension("two bytes of a TLV", 0x11, v4 + hex("0100")),
        badExtension("a TLV that lacks its only byte", 0x11, v4 + hex("020001")),
        badExtension("a TLV that lacks its last byte", 0x11, v4 + hex("010009 687474702f312e31")),
        badExtension("a TLV of 65535 bytes", 0x11, v4 + hex("04ffff 00")),
        badExtension("a byte behind a whole TLV", 0x11, v4 + hex("010002 6832 04")),
        badExtension("a second TLV that lacks its last byte", 0x11, v4 + hex("040000 020002 61")),
        badExtension("IPv6 and a TLV that lacks its byte", 0x21, v6 + hex("040001")),
        badExtension("a unix socket and two bytes of a TLV", 0x31, [UInt8](repeating: 0, count: 216) + hex("0400")),
        badExtension("a checksum of no bytes", 0x11, v4 + hex("030000")),
        badExtension("a checksum of 3 bytes", 0x11, v4 + hex("030003 5b6af3")),
        badExtension("a checksum of 5 bytes", 0x11, v4 + hex("030005 5b6af3b100")),
        badExtension("two checksums, each right with the other in it", 0x11, v4 + hex("030004 309c7e99 030004 5d7e7b8f")),
        badExtension("a wrong checksum before a TLV that is cut off", 0x11, v4 + hex("030004 00000000 01")),
        badExtension("a checksum with one wrong bit", 0x11, v4 + hex("030004 5b6af3b0"), .wrongChecksum),
        badExtension("a checksum of zeros", 0x11, v4 + hex("030004 00000000"), .wrongChecksum),
        badExtension("a checksum in the wrong order", 0x11, v4 + hex("030004 b1f36a5b"), .wrongChecksum),
        badExtension("the checksum of another port", 0x11, Array(v4.dropLast()) + hex("fc 030004 5b6af3b1"), .wrongChecksum),
        badExtension("the checksum of a header without its padding", 0x11, v4 + hex("030004 5b6af3b1 040000"), .wrongChecksum),
        badExtension("a wrong checksum with IPv6", 0x21, v6 + hex("030004 6dd0600d"), .wrongChecksum),
        badExtension(
            "a wrong checksum with a unix socket", 0x31, [UInt8](repeating: 0, count: 216) + hex("030004 40e4e16e"), .wrongChecksum),
    ]

    @Test("what is no header fails at the byte that shows it", arguments: refused + refusedExtensions)
    func refuses(_ example: Refused) {
        for pieces in Cut.whole(example.bytes.count) + Cut.everyByte(example.bytes.count) {
            #expect(Self.outcome(example.bytes, in: pieces) == .failed(example.error), "\(example.name), cut \(pieces)")
        }
        #expect(Self.outcome(example.bytes, in: [0..<example.needed - 1]) == .incomplete, "\(example.name)")
        #expect(Self.outcome(example.bytes, in: [0..<example.needed]) == .failed(example.error), "\(example.name)")
    }

    /// The last outcome, with the count of all bytes that were consumed.
    private static func outcome(_ bytes: [UInt8], in pieces: [Range<Int>]) -> ProxyHeaderParser.Progress {
        var parser = ProxyHeaderParser()
        for piece in pieces {
            switch parser.feed(Array(bytes[piece]).span.rawBytes) {
            case .incomplete: continue
            case .complete(let header, let consumed): return .complete(header, consumed: piece.lowerBound + consumed)
            case .failed(let error): return .failed(error)
            }
        }
        return .incomplete
    }
}
