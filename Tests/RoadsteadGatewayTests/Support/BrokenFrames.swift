import Testing

/// Bytes that no client may send, and the code that the close frame must have (RFC 6455 section 7.4.1).
struct BrokenFrames: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let code: UInt16

    private init(_ description: String, _ bytes: [UInt8], _ code: UInt16 = 1002) {
        testDescription = description
        self.bytes = bytes
        self.code = code
    }

    // The masking key is zero, so that the payloads can be read here.
    static let all = [
        BrokenFrames("an unmasked frame", [0x81, 0x01, 0x41]),
        BrokenFrames("a reserved bit", [0xC1, 0x80, 0, 0, 0, 0]),
        BrokenFrames("an unknown opcode", [0x83, 0x80, 0, 0, 0, 0]),
        BrokenFrames("a continuation of nothing", [0x80, 0x80, 0, 0, 0, 0]),
        BrokenFrames("a message inside a message", [0x01, 0x80, 0, 0, 0, 0, 0x81, 0x80, 0, 0, 0, 0]),
        BrokenFrames("a fragmented ping", [0x09, 0x80, 0, 0, 0, 0]),
        BrokenFrames("a long ping", [0x89, 0xFE, 0, 126, 0, 0, 0, 0]),
        BrokenFrames("a close of one byte", [0x88, 0x81, 0, 0, 0, 0, 0x03]),
        BrokenFrames("a close code that may not be sent", [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xED]),
        BrokenFrames("text that is not UTF-8", [0x81, 0x81, 0, 0, 0, 0, 0xFF], 1007),
        BrokenFrames("a text that ends within a character", [0x81, 0x81, 0, 0, 0, 0, 0xC3], 1007),
        BrokenFrames("a close reason that is not UTF-8", [0x88, 0x83, 0, 0, 0, 0, 0x03, 0xE8, 0xFF], 1007),
    ]
}
