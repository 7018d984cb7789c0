import RoadsteadWire
import Testing

@Suite("Protocol violations")
struct ProtocolViolationTests {
    struct Example: Sendable {
        var role = Role.client
        var bytes: String
        var violation: ProtocolViolation
        var code: UInt16 = 1002
        /// How many of the bytes it takes to know; the rest is there to show that nobody waits for it.
        var needed: Int
    }

    static let examples: [Example] = [
        Example(role: .server, bytes: "81 05 48656c6c6f", violation: .unmaskedFrame, needed: 2),
        Example(role: .server, bytes: "89 00", violation: .unmaskedFrame, needed: 2),
        Example(bytes: "81 85 37fa213d 7f9f4d5158", violation: .maskedFrame, needed: 2),
        Example(bytes: "c1 05 48656c6c6f", violation: .reservedBits, needed: 1),
        Example(bytes: "a1 05 48656c6c6f", violation: .reservedBits, needed: 1),
        Example(bytes: "91 05 48656c6c6f", violation: .reservedBits, needed: 1),
        Example(bytes: "c9 00", violation: .reservedBits, needed: 1),
        Example(bytes: "c8 00", violation: .reservedBits, needed: 1),
        Example(bytes: "83 00", violation: .unknownOpcode(3), needed: 1),
        Example(bytes: "84 00", violation: .unknownOpcode(4), needed: 1),
        Example(bytes: "85 00", violation: .unknownOpcode(5), needed: 1),
        Example(bytes: "86 00", violation: .unknownOpcode(6), needed: 1),
        Example(bytes: "87 00", violation: .unknownOpcode(7), needed: 1),
        Example(bytes: "8b 00", violation: .unknownOpcode(11), needed: 1),
        Example(bytes: "8c 00", violation: .unknownOpcode(12), needed: 1),
        Example(bytes: "8d 00", violation: .unknownOpcode(13), needed: 1),
        Example(bytes: "8e 00", violation: .unknownOpcode(14), needed: 1),
        Example(bytes: "8f 00", violation: .unknownOpcode(15), needed: 1),
        Example(bytes: "09 00", violation: .fragmentedControl, needed: 1),
        Example(bytes: "0a 00", violation: .fragmentedControl, needed: 1),
        Example(bytes: "08 00", violation: .fragmentedControl, needed: 1),
        Example(bytes: "89 7e 007e", violation: .controlTooLong, needed: 2),
        Example(bytes: "88 7f 0000000000010000", violation: .controlTooLong, needed: 2),
        Example(bytes: "82 7e 007d", violation: .nonMinimalLength, needed: 4),
        Example(bytes: "82 7e 0000", violation: .nonMinimalLength, needed: 4),
        Example(bytes: "82 7f 000000000000ffff", violation: .nonMinimalLength, needed: 10),
        Example(bytes: "82 7f 8000000000000000", violation: .lengthOverflow, needed: 10),
        Example(bytes: "82 7f ffffffffffffffff", violation: .lengthOverflow, needed: 10),
        Example(role: .server, bytes: "82 ff ffffffffffffffff 00000000", violation: .lengthOverflow, needed: 10),
        Example(bytes: "80 01 61", violation: .unexpectedContinuation, needed: 1),
        Example(bytes: "00 01 61", violation: .unexpectedContinuation, needed: 1),
        Example(bytes: "81 00 80 01 61", violation: .unexpectedContinuation, needed: 3),
        Example(bytes: "01 01 61 81 01 62", violation: .expectedContinuation, needed: 4),
        Example(bytes: "02 01 61 01 01 62", violation: .expectedContinuation, needed: 4),
        Example(bytes: "01 00 82 01 62", violation: .expectedContinuation, needed: 3),
        Example(bytes: "88 01 03", violation: .invalidClosePayload, needed: 3),
        Example(bytes: "88 02 03ed", violation: .invalidCloseCode(1005), needed: 4),
        Example(bytes: "88 02 0000", violation: .invalidCloseCode(0), needed: 4),
        Example(bytes: "88 03 03e8 ff", violation: .invalidUTF8, code: 1007, needed: 5),
        Example(bytes: "88 03 03e8 c3", violation: .invalidUTF8, code: 1007, needed: 5),
        Example(bytes: "81 01 ff", violation: .invalidUTF8, code: 1007, needed: 3),
        Example(bytes: "81 05 61ff616161", violation: .invalidUTF8, code: 1007, needed: 4),
        Example(bytes: "81 01 c3", violation: .invalidUTF8, code: 1007, needed: 3),
        Example(bytes: "01 01 c3 80 00", violation: .invalidUTF8, code: 1007, needed: 5),
        Example(bytes: "01 01 c3 80 01 61", violation: .invalidUTF8, code: 1007, needed: 6),
        Example(role: .server, bytes: "81 81 01020304 fe", violation: .invalidUTF8, code: 1007, needed: 7),
        Example(bytes: "82 7e 03e9", violation: .messageTooBig(limit: 1000), code: 1009, needed: 4),
        Example(role: .server, bytes: "82 fe 03e9 01020304", violation: .messageTooBig(limit: 1000), code: 1009, needed: 4),
        Example(bytes: "82 7f 7fffffffffffffff", violation: .messageTooBig(limit: 1000), code: 1009, needed: 10),
    ]

    @Test("each violation is found, with its close code, at the byte that shows it", arguments: examples)
    func found(_ example: Example) {
        let bytes = hex(example.bytes)
        for pieces in Cut.all(bytes.count) {
            let received = ReceiverProbe.run(example.role, bytes, in: pieces, maximumMessageSize: 1000)
            #expect(received.last == .violation(example.violation), "cut \(pieces)")
        }
        var probe = ReceiverProbe(example.role, maximumMessageSize: 1000)
        probe.feed(Array(bytes[..<(example.needed - 1)]))
        #expect(!probe.receiver.isFinished)
        probe.feed([bytes[example.needed - 1]])
        #expect(probe.receiver.isFinished)
        #expect(example.violation.closeCode.rawValue == example.code)
    }

    @Test("every reason fits a close frame and differs from the others")
    func reasons() {
        var violations = Self.examples.map(\.violation)
        violations += [.messageTooBig(limit: .max), .unknownOpcode(.max), .invalidCloseCode(.max)]
        for violation in violations {
            #expect((1...123).contains(violation.reason.utf8.count))
            #expect(violation.closeCode.isValidOnWire)
            #expect(!violations.contains { $0 != violation && $0.reason == violation.reason })
        }
    }

    struct Limit: Sendable {
        var fragments: [Int]
        var isAccepted: Bool
    }

    @Test(
        "a message may have as many bytes as the limit, in one frame or many, and not one more",
        arguments: [
            Limit(fragments: [99], isAccepted: true), Limit(fragments: [100], isAccepted: true), Limit(fragments: [101], isAccepted: false),
            Limit(fragments: [50, 49], isAccepted: true), Limit(fragments: [50, 50], isAccepted: true),
            Limit(fragments: [50, 51], isAccepted: false), Limit(fragments: [100, 0], isAccepted: true),
            Limit(fragments: [100, 0, 1], isAccepted: false), Limit(fragments: [0, 101], isAccepted: false),
        ])
    func limit(_ example: Limit) {
        var bytes: [UInt8] = []
        for (index, count) in example.fragments.enumerated() {
            let opcode: Opcode = index == 0 ? .binary : .continuation
            let isFinal = index == example.fragments.count - 1
            // Control frames do not count.
            bytes += FrameBuilder.received(by: .server, .ping, [UInt8](repeating: 1, count: 125))
            bytes += FrameBuilder.received(by: .server, opcode, isFinal: isFinal, [UInt8](repeating: 7, count: count))
        }
        // Twice, since each message counts for itself.
        let received = ReceiverProbe.run(.server, bytes + bytes, in: [0..<bytes.count * 2], maximumMessageSize: 100)
        let messages = received.filter { if case .message = $0 { true } else { false } }
        #expect(messages.count == (example.isAccepted ? 2 : 0))
        #expect(received.contains(.violation(.messageTooBig(limit: 100))) == !example.isAccepted)
    }

    @Test("a new limit counts from the next frame on")
    func newLimit() {
        var probe = ReceiverProbe(.client, maximumMessageSize: 10)
        probe.feed(hex("01 05 6162"))
        probe.receiver.maximumMessageSize = 3
        probe.feed(hex("636465"))
        #expect(probe.received.isEmpty && !probe.receiver.isFinished)
        probe.feed(hex("80 00"))
        #expect(probe.received == [.violation(.messageTooBig(limit: 3))])
    }

    @Test("no sum of lengths overflows when there is no limit")
    func noOverflow() {
        var probe = ReceiverProbe(.client)
        probe.feed(hex("02 01 61 00 7f 7fffffffffffffff"))
        #expect(probe.received == [.violation(.messageTooBig(limit: .max))])
    }
}
