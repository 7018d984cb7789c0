import RoadsteadWire
import Testing

@Suite("FrameHeader")
struct FrameHeaderTests {
    struct Example: Sendable {
        var header: FrameHeader
        var encoded: String
    }

    static let examples = [
        // RFC 6455 section 5.7.
        Example(header: FrameHeader(isFinal: true, opcode: .text, payloadLength: 5, maskingKey: nil), encoded: "81 05"),
        Example(header: FrameHeader(isFinal: true, opcode: .text, payloadLength: 5, maskingKey: 0x3D21_FA37), encoded: "81 85 37fa213d"),
        Example(header: FrameHeader(isFinal: false, opcode: .text, payloadLength: 3, maskingKey: nil), encoded: "01 03"),
        Example(header: FrameHeader(isFinal: true, opcode: .continuation, payloadLength: 2, maskingKey: nil), encoded: "80 02"),
        Example(header: FrameHeader(isFinal: true, opcode: .ping, payloadLength: 5, maskingKey: nil), encoded: "89 05"),
        Example(header: FrameHeader(isFinal: true, opcode: .pong, payloadLength: 5, maskingKey: 0x3D21_FA37), encoded: "8a 85 37fa213d"),
        Example(header: FrameHeader(isFinal: true, opcode: .binary, payloadLength: 256, maskingKey: nil), encoded: "82 7e 0100"),
        Example(
            header: FrameHeader(isFinal: true, opcode: .binary, payloadLength: 65536, maskingKey: nil), encoded: "82 7f 0000000000010000"),
        // The edges of each length form.
        Example(header: FrameHeader(isFinal: true, opcode: .binary, payloadLength: 0, maskingKey: nil), encoded: "82 00"),
        Example(header: FrameHeader(isFinal: true, opcode: .binary, payloadLength: 125, maskingKey: 0), encoded: "82 fd 00000000"),
        Example(header: FrameHeader(isFinal: true, opcode: .binary, payloadLength: 126, maskingKey: 1), encoded: "82 fe 007e 01000000"),
        Example(header: FrameHeader(isFinal: true, opcode: .binary, payloadLength: 65535, maskingKey: nil), encoded: "82 7e ffff"),
        Example(
            header: FrameHeader(isFinal: true, opcode: .binary, payloadLength: .max, maskingKey: 0x0403_0201),
            encoded: "82 ff 7fffffffffffffff 01020304"),
        Example(
            header: FrameHeader(isFinal: true, opcode: .text, payloadLength: 7, maskingKey: nil, reservedBit1: true), encoded: "c1 07"),
        Example(header: FrameHeader(isFinal: true, opcode: .close, payloadLength: 2, maskingKey: nil), encoded: "88 02"),
    ]

    @Test("a header is written in its shortest form, and nothing beside it is touched", arguments: examples)
    func encodes(_ example: Example) {
        let expected = hex(example.encoded)
        var buffer = [UInt8](repeating: 0xAA, count: 24)
        let written = withMutableBytes(&buffer) { example.header.encode(into: &$0, at: 3) }
        #expect(written == expected.count)
        #expect(example.header.encodedLength == expected.count)
        #expect(written <= FrameHeader.maximumEncodedLength)
        #expect(buffer == [0xAA, 0xAA, 0xAA] + expected + [UInt8](repeating: 0xAA, count: 21 - expected.count))
    }

    @Test("a header fits where exactly its length is left", arguments: examples)
    func fitsExactly(_ example: Example) {
        var buffer = [UInt8](repeating: 0, count: example.header.encodedLength)
        _ = withMutableBytes(&buffer) { example.header.encode(into: &$0, at: 0) }
        #expect(buffer == hex(example.encoded))
    }
}
