import TestSupport
import Testing

@testable import RoadsteadWire

@Suite("MessageReceiver")
struct MessageReceiverTests {
    struct Example: Sendable {
        var name: String
        var role: Role
        var bytes: [UInt8]
        var expected: [Received]
    }

    static let hello = Array("Hello".utf8)

    static let examples: [Example] = [
        // RFC 6455 section 5.7.
        Example(name: "unmasked text", role: .client, bytes: hex("81 05 48656c6c6f"), expected: [.message(.text, hello)]),
        Example(name: "masked text", role: .server, bytes: hex("81 85 37fa213d 7f9f4d5158"), expected: [.message(.text, hello)]),
        Example(name: "fragmented text", role: .client, bytes: hex("01 03 48656c 80 02 6c6f"), expected: [.message(.text, hello)]),
        Example(name: "a ping", role: .client, bytes: hex("89 05 48656c6c6f"), expected: [.ping(hello)]),
        Example(name: "a masked pong", role: .server, bytes: hex("8a 85 37fa213d 7f9f4d5158"), expected: [.pong(hello)]),
        // Fragments, empty ones too, with control frames between them.
        Example(
            name: "a ping between fragments", role: .client, bytes: hex("02 01 61 89 01 70 00 01 62 8a 00 80 01 63"),
            expected: [.ping([0x70]), .pong([]), .message(.binary, [0x61, 0x62, 0x63])]),
        Example(name: "an empty text", role: .server, bytes: hex("81 80 01020304"), expected: [.message(.text, [])]),
        Example(name: "an empty binary", role: .client, bytes: hex("82 00"), expected: [.message(.binary, [])]),
        Example(name: "empty fragments only", role: .client, bytes: hex("01 00 00 00 80 00"), expected: [.message(.text, [])]),
        Example(
            name: "empty fragments about a full one", role: .client, bytes: hex("01 00 00 01 61 00 00 80 00"),
            expected: [.message(.text, [0x61])]),
        Example(
            name: "a scalar cut by fragments", role: .client, bytes: hex("01 01 e2 00 01 82 80 01 ac"),
            expected: [.message(.text, Array("€".utf8))]),
        Example(
            name: "messages in a row", role: .client, bytes: hex("81 01 61 82 01 ff 81 00 81 02 6263"),
            expected: [.message(.text, [0x61]), .message(.binary, [0xFF]), .message(.text, []), .message(.text, [0x62, 0x63])]),
        Example(name: "a close without a payload", role: .client, bytes: hex("88 00"), expected: [.close(nil, "")]),
        Example(
            name: "a close, and bytes after it", role: .client, bytes: hex("88 05 03e8 627965 81 01 61 ff ff"),
            expected: [.close(1000, "bye")]),
        Example(name: "a close within a message", role: .client, bytes: hex("01 01 61 88 02 03e9"), expected: [.close(1001, "")]),
    ]

    @Test("each example gives its events, whole, byte by byte and cut in two at every place", arguments: examples)
    func gives(_ example: Example) {
        for pieces in Cut.all(example.bytes.count) {
            #expect(ReceiverProbe.run(example.role, example.bytes, in: pieces) == example.expected, "\(example.name), cut \(pieces)")
        }
    }

    @Test(
        "every length form is read, whole and cut within the header and by its edges",
        arguments: [0, 1, 125, 126, 127, 65535, 65536, 65537])
    func lengths(_ count: Int) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        for role in [Role.server, .client] {
            let bytes = FrameBuilder.received(by: role, .binary, payload)
            let headerLength = bytes.count - count
            let cuts = Array(0...min(headerLength + 2, bytes.count)) + [bytes.count - 1]
            for cut in cuts {
                let received = ReceiverProbe.run(role, bytes, in: [0..<cut, cut..<bytes.count])
                #expect(received == [.message(.binary, payload)], "\(count) bytes, cut at \(cut)")
            }
        }
    }

    @Test("a message that is whole in the buffer is one event, in place")
    func oneEventPerMessage() {
        let frame = FrameBuilder.received(by: .server, .text, Self.hello)
        var buffer = [0xEE, 0xEE] + frame + frame
        var receiver = MessageReceiver(role: .server, maximumMessageSize: 5)
        var cursor = 2
        let first = withMutableBytes(&buffer) { receiver.next(in: &$0, cursor: &cursor) }
        #expect(first == .data(MessageChunk(kind: .text, payload: 8..<13, isFirst: true, isLast: true, maskingKey: 0x3D21_FA37)))
        #expect(cursor == 13)
        let second = withMutableBytes(&buffer) { receiver.next(in: &$0, cursor: &cursor) }
        #expect(second == .data(MessageChunk(kind: .text, payload: 19..<24, isFirst: true, isLast: true, maskingKey: 0x3D21_FA37)))
        let third = withMutableBytes(&buffer) { receiver.next(in: &$0, cursor: &cursor) }
        #expect(third == nil && cursor == buffer.count)
        #expect(Array(buffer[8..<13]) == Self.hello && Array(buffer[19..<24]) == Self.hello && Array(buffer[..<2]) == [0xEE, 0xEE])
    }

    @Test("a frame whose end has not come is delivered as far as it has, and the phase of its mask goes on")
    func chunksOfOneFrame() {
        let bytes = FrameBuilder.received(by: .server, .binary, Array(0..<50))
        var probe = ReceiverProbe(.server)
        probe.feed(Array(bytes[..<6]))
        #expect(probe.chunkCount == 0 && !probe.receiver.isMidMessage)
        probe.feed(Array(bytes[6..<13]))
        #expect(probe.chunkCount == 1 && probe.receiver.isMidMessage)
        probe.feed(Array(bytes[13...]))
        #expect(probe.chunkCount == 2 && !probe.receiver.isMidMessage)
        #expect(probe.received == [.message(.binary, Array(0..<50))])
    }

    @Test("text that is wrong is refused with the chunk that has the wrong byte, before its message ends")
    func textFailsEarly() {
        let bytes = FrameBuilder.received(by: .server, .text, Array("κόσμε".utf8) + hex("f4908080") + Self.hello)
        var probe = ReceiverProbe(.server)
        let wrongAt = 6 + "κόσμε".utf8.count + 1
        for index in 0..<wrongAt {
            probe.feed([bytes[index]])
            #expect(probe.received == [])
        }
        probe.feed([bytes[wrongAt]])
        #expect(probe.received == [.violation(.invalidUTF8)])
        #expect(probe.receiver.isFinished)
        probe.feed(Array(bytes[(wrongAt + 1)...]))
        #expect(probe.received.count == 1, "nothing follows a violation")
    }

    @Test("random messages in random fragments, cut at random, come out as they went in", arguments: [Role.server, .client])
    func randomStreams(_ role: Role) {
        let seed = UInt64.random(in: .min ... .max)
        print("MessageReceiverTests.randomStreams(\(role)) seed: \(seed)")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<60 {
            let (bytes, expected) = RandomStream.make(for: role, using: &generator)
            for _ in 0..<3 {
                let received = ReceiverProbe.run(role, bytes, in: Cut.random(bytes.count, using: &generator))
                #expect(received == expected, "seed \(seed)")
            }
        }
    }

    @Test("whatever the bytes are, the cut does not change the outcome, and nothing traps", arguments: [Role.server, .client])
    func garbage(_ role: Role) {
        let seed = UInt64.random(in: .min ... .max)
        print("MessageReceiverTests.garbage(\(role)) seed: \(seed)")
        var generator = SeededGenerator(seed: seed)
        var violations = 0
        for round in 0..<600 {
            var bytes = round.isMultiple(of: 3) ? generator.bytes(60) : RandomStream.make(for: role, using: &generator).bytes
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^= 1 << UInt8.random(in: 0...7, using: &generator)
            }
            let whole = ReceiverProbe.run(role, bytes, in: [0..<bytes.count], maximumMessageSize: 200)
            let split = ReceiverProbe.run(role, bytes, in: Cut.random(bytes.count, using: &generator), maximumMessageSize: 200)
            #expect(whole == split, "seed \(seed), round \(round)")
            if case .violation = whole.last { violations += 1 }
        }
        #expect(violations > 100, "seed \(seed): the mutations must reach the checks")
    }
}
