import Testing

@testable import RoadsteadWire

@Suite("Compressed messages in a receiver")
struct CompressedMessageTests {
    /// What comes of frames, each message marked "deflated" or not.
    private static func run(_ bytes: [UInt8], in pieces: [Range<Int>], limit: Int = .max) -> [String] {
        var receiver = MessageReceiver(role: .client, maximumMessageSize: limit)
        receiver.allowsCompression = true
        var found: [String] = []
        var message = ""
        for piece in pieces {
            var buffer = Array(bytes[piece])
            var cursor = 0
            while let event = withMutableBytes(&buffer, { receiver.next(in: &$0, cursor: &cursor) }) {
                switch event {
                case .data(let chunk):
                    if chunk.isFirst { message = chunk.isCompressed ? "deflated " : "plain " }
                    message += buffer[chunk.payload].map { String($0, radix: 16) }.joined()
                    if chunk.isLast { found.append(message) }
                case .ping: found.append("ping")
                case .pong: found.append("pong")
                case .close: found.append("close")
                case .violation(let violation): found.append("\(violation)")
                }
            }
        }
        return found
    }

    @Test(
        "RSV1 marks a message by its first frame, and stands nowhere else (RFC 7692 section 6)",
        arguments: [
            ("a compressed message", "c1 02 abcd", ["deflated abcd"]),
            ("a plain one between two", "c2 01 aa 82 01 bb c1 01 cc", ["deflated aa", "plain bb", "deflated cc"]),
            ("fragments, and control frames between them", "41 01 aa 89 00 00 01 bb 8a 00 80 01 cc", ["ping", "pong", "deflated aabbcc"]),
            ("an empty first fragment", "42 00 80 01 aa", ["deflated aa"]),
            ("no payload at all", "c2 00", ["deflated "]),
            ("on a continuation", "41 01 aa c0 01 bb", ["reservedBits"]),
            ("on the continuation of a plain message", "01 01 61 c0 01 bb", ["reservedBits"]),
            ("on a ping", "c9 00", ["reservedBits"]),
            ("on a pong", "ca 00", ["reservedBits"]),
            ("on a close", "c8 00", ["reservedBits"]),
            ("with RSV2", "e1 01 aa", ["reservedBits"]),
            ("with RSV3", "d1 01 aa", ["reservedBits"]),
            ("RSV2 alone", "a1 01 aa", ["reservedBits"]),
            ("on a reserved opcode", "c3 01 aa", ["reservedBits"]),
            ("a new message before the last one ended", "41 01 aa c1 01 bb", ["expectedContinuation"]),
        ])
    func marks(_ what: String, _ bytes: String, _ expected: [String]) {
        let bytes = hex(bytes)
        for pieces in Cut.all(bytes.count) { #expect(Self.run(bytes, in: pieces) == expected, "\(what), cut \(pieces)") }
    }

    @Test("what is compressed is not held to the limit or to UTF-8, and what is not, is")
    func unchecked() {
        let wide = hex("41 03 ffffff 80 03 ffffff 81 04 61626364")
        #expect(Self.run(wide, in: [0..<wide.count], limit: 4) == ["deflated ffffffffffff", "plain 61626364"])
        let large = hex("c2 02 aaaa 82 05 6162636465")
        #expect(Self.run(large, in: [0..<large.count], limit: 4) == ["deflated aaaa", "messageTooBig(limit: 4)"])
        // Two frames whose lengths together are more than a number can hold.
        let absurd = hex("42 7f 7fffffffffffffff aa")
        #expect(Self.run(absurd, in: [0..<absurd.count], limit: 4) == [])
    }

    @Test("nothing comes after a stop")
    func stops() {
        var receiver = MessageReceiver(role: .client, maximumMessageSize: 10)
        receiver.stop()
        var buffer = hex("81 01 61")
        var cursor = 0
        #expect(withMutableBytes(&buffer) { receiver.next(in: &$0, cursor: &cursor) } == nil)
        #expect(receiver.isFinished && cursor == 3)
    }

    @Test("a header in a queue of ours is found as it was written", arguments: [0, 125, 126, 65_536], [nil, 0x0403_0201] as [UInt32?])
    func headers(_ length: Int, _ key: UInt32?) {
        for (opcode, isFinal, isCompressed) in [(Opcode.text, true, true), (.binary, false, true), (.continuation, true, false)] {
            let header = FrameHeader(
                isFinal: isFinal, opcode: opcode, payloadLength: length, maskingKey: key, reservedBit1: isCompressed)
            var bytes = [UInt8](repeating: 0, count: 3 + header.encodedLength + length)
            _ = withMutableBytes(&bytes) { header.encode(into: &$0, at: 3) }
            guard let frame = FrameWalk.frame(at: 3, in: bytes.span.rawBytes) else {
                Issue.record("no frame")
                return
            }
            #expect(FrameWalk.header(of: frame, in: bytes.span.rawBytes) == header)
            #expect(FrameWalk.hasCompressed(bytes.span.rawBytes.extracting(droppingFirst: 3)) == isCompressed)
        }
    }
}
