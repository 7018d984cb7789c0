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

    private static func binary(_ command: UInt8, _ family: UInt8, _ rest: [UInt8], length: Int? = nil) -> [UInt8] {
        let length = length ?? rest.count
        return signature + [0x20 | command, family, UInt8(length >> 8), UInt8(length & 255)] + rest
    }

    static let examples: [Example] = [
        Example(
            name: "TCP4", bytes: Array("PROXY TCP4 192.0.2.1 192.0.2.2 4711 443\r\n".utf8),
            source: .text("192.0.2.1", isIPv6: false, port: 4711)),
        Example(
            name: "TCP6", bytes: Array("PROXY TCP6 2001:db8::1 ::ffff:192.0.2.2 65535 0\r\n".utf8),
            source: .text("2001:db8::1", isIPv6: true, port: 65535)),
        Example(name: "UNKNOWN alone", bytes: Array("PROXY UNKNOWN\r\n".utf8), source: .peer),
        Example(
            name: "UNKNOWN, 107 bytes", bytes: Array("PROXY UNKNOWN ".utf8) + [UInt8](repeating: 0x78, count: 91) + [0x0D, 0x0A],
            source: .peer),
        Example(name: "IPv4", bytes: binary(1, 0x11, v4), source: .ipv4(0xC0A8_0001, port: 8080)),
        Example(name: "IPv6", bytes: binary(1, 0x21, v6), source: .ipv6(high: 0x2001_0DB8_0000_0000, low: 1, port: 8080)),
        Example(
            name: "IPv4 with TLVs", bytes: binary(1, 0x11, v4 + hex("01 0008 687474702f312e31")), source: .ipv4(0xC0A8_0001, port: 8080)),
        Example(
            name: "as much as is taken", bytes: binary(1, 0x11, v4 + [UInt8](repeating: 4, count: 4084)),
            source: .ipv4(0xC0A8_0001, port: 8080)),
        Example(name: "a unix socket", bytes: binary(1, 0x31, [UInt8](repeating: 0, count: 216)), source: .peer),
        Example(name: "unspecified", bytes: binary(1, 0x00, []), source: .peer),
        Example(name: "LOCAL", bytes: binary(0, 0x00, []), source: .peer),
        Example(name: "LOCAL with addresses, which say nothing", bytes: binary(0, 0x11, v4), source: .peer),
        Example(name: "LOCAL of a family that is none", bytes: binary(0, 0xFF, [1, 2, 3]), source: .peer),
    ]

    @Test("each header is read whole, byte by byte and cut in two at every place, and what follows it is left", arguments: examples)
    func reads(_ example: Example) {
        let followed = example.bytes + hex("16030100")
        let cuts = example.bytes.count < 300 ? Cut.all(followed.count) : Cut.whole(followed.count) + Cut.everyByte(followed.count)
        for pieces in cuts {
            let outcome = Self.outcome(followed, in: pieces)
            #expect(
                outcome == .complete(ProxyHeader(source: example.source), consumed: example.bytes.count), "\(example.name), cut \(pieces)")
        }
    }

    @Test("a header that is cut off is incomplete at every place", arguments: examples)
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

    @Test("what is no header fails at the byte that shows it", arguments: refused)
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
