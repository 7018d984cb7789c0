import RoadsteadDeflate
import TestSupport
import Testing

@Suite("Inflater")
struct InflaterTests {
    static let hello = Array("Hello".utf8)

    /// RFC 7692 section 7.2.3, and what senders that use zlib are known to make.
    static let messages: [(name: String, messages: [[UInt8]], expected: [[UInt8]])] = [
        ("one block", [hex("f2 48 cd c9 c9 07 00")], [hello]),
        ("a message like the last one", [hex("f2 48 cd c9 c9 07 00"), hex("f2 00 11 00 00")], [hello, hello]),
        ("a stored block", [hex("00 05 00 fa ff 48 65 6c 6c 6f 00")], [hello]),
        ("a final block", [hex("f3 48 cd c9 c9 07 00 00")], [hello]),
        ("a final block and nothing after it", [hex("f3 48 cd c9 c9 07 00")], [hello]),
        ("a message after a final block", [hex("f3 48 cd c9 c9 07 00 00"), hex("f2 00 11 00 00")], [hello, hello]),
        ("two final blocks", [hex("f3 48 cd c9 c9 07 00 f3 48 cd c9 c9 07 00 00")], [hello + hello]),
        ("a final block that is referred to", [hex("f3 48 cd c9 c9 07 00 f2 00 11 00 00")], [hello + hello]),
        ("two blocks", [hex("f2 48 05 00 00 00 ff ff ca c9 c9 07 00")], [hello]),
        ("an empty message", [hex("00")], [[]]),
        ("no byte for an empty message", [[], hex("f2 48 cd c9 c9 07 00"), [], hex("f2 00 11 00 00")], [[], hello, [], hello]),
        ("the marker left in", [hex("f2 48 cd c9 c9 07 00 00 00 ff ff"), hex("f2 00 11 00 00")], [hello, hello]),
        ("empty blocks", [hex("00 00 00 ff ff 00 00 00 ff ff 00")], [[]]),
    ]

    @Test("each message inflates, whole, byte by byte and into any room", arguments: messages.indices)
    func inflates(_ index: Int) {
        let (name, messages, expected) = Self.messages[index]
        for room in [1, 2, 64] {
            let whole = Inflater(windowBits: 15)
            #expect(messages.map { whole.inflate([$0], room: room) } == expected, "\(name), room \(room)")
            let bytewise = Inflater(windowBits: 15)
            let pieces = messages.map { message in message.map { [$0] } + [[]] }
            #expect(pieces.map { bytewise.inflate($0, room: room) } == expected, "\(name) byte by byte, room \(room)")
        }
    }

    @Test(
        "what is no DEFLATE, or ends within a block, is corrupt",
        arguments: [
            ("a reserved block type", "ff"), ("a stored length that does not fit its complement", "00 05 00 00 00"),
            ("a distance before the beginning", "f2 00 11 00 00"), ("a cut stored block", "00 06 00 f9 ff 48"),
            ("a cut block", "f2 48 cd c9"), ("a length and no more", "00 05 00"),
            ("garbage after a final block", "f3 48 cd c9 c9 07 00 ff"),
        ])
    func corrupt(_ name: String, _ message: String) {
        for room in [1, 64] {
            #expect(Inflater(windowBits: 15).inflate([hex(message)], room: room) == nil, "\(name)")
            #expect(Inflater(windowBits: 15).inflate(hex(message).map { [$0] }, room: room) == nil, "\(name), byte by byte")
        }
    }

    @Test("a reference further back than the window is corrupt")
    func window() {
        var generator = SeededGenerator(seed: 3)
        let payload = (0..<2000).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        let message = Deflater(windowBits: 15).message(payload + payload)
        #expect(message.count < 2100)
        #expect(Inflater(windowBits: 9).inflate([message]) == nil)
        #expect(Inflater(windowBits: 11).inflate([message]) == payload + payload)
    }

    @Test("after a reset nothing of the last message is known, were it cut off or corrupt")
    func reset() {
        let inflater = Inflater(windowBits: 15)
        for message in ["f2 48 cd c9 c9 07 00", "f2 48 cd", "ff", "f3 48 cd c9 c9 07 00"] {
            _ = inflater.inflate([hex(message)])
            inflater.reset()
            #expect(inflater.inflate([hex("f2 00 11 00 00")]) == nil)
            inflater.reset()
            #expect(inflater.inflate([hex("f2 48 cd c9 c9 07 00")]) == Self.hello)
        }
    }

    @Test("a bomb comes out in steps of the room that there is")
    func bomb() {
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        let message = Deflater(windowBits: 15).message(zeros)
        #expect(message.count < 5000)
        let inflater = Inflater(windowBits: 15)
        var output = [UInt8](repeating: 1, count: 4096)
        let step = withBytes(message) { input in withMutableBytes(&output) { inflater.inflate(input, isEnd: true, into: &$0) } }
        #expect(step.produced == 4096 && step.state == .more && step.consumed < 100)
    }

    @Test("random bytes never trap", arguments: 0..<200)
    func random(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let inflater = Inflater(windowBits: 9)
        let bytes = (0..<200).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
        let result = inflater.inflate(generator.cut(bytes), room: 7)
        #expect(result == nil || !bytes.isEmpty)
    }
}
