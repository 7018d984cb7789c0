/// A received frame's header, decoded (RFC 6455 section 5.2). What depends on the connection is checked by `MessageReceiver`.
struct IncomingFrame: Sendable {
    /// How far a header was read.
    enum Progress {
        /// More bytes are needed; what is there is not wrong.
        case incomplete
        /// The header, and the bytes that it took.
        case complete(IncomingFrame, encodedLength: Int)
        case violation(ProtocolViolation)
    }

    var isFinal: Bool
    /// RSV1, where an extension gave it a meaning.
    var isCompressed = false
    var opcode: Opcode
    var payloadLength: Int
    /// First key byte lowest; 0 if the frame is not masked.
    var maskingKey: UInt32

    /// FIN, reserved bits and opcode: all that the first byte tells.
    @inline(__always)
    static func checkFirst(_ byte: UInt8, allowsCompression: Bool) -> (opcode: Opcode, violation: ProtocolViolation?) {
        guard byte & 0x70 == 0 || isCompressedStart(byte, allowsCompression) else { return (.continuation, .reservedBits) }
        guard let opcode = Opcode(rawValue: byte & 0x0F) else { return (.continuation, .unknownOpcode(byte & 0x0F)) }
        return (opcode, opcode.isControl && byte & 0x80 == 0 ? .fragmentedControl : nil)
    }

    /// RSV1 marks a compressed message by its first frame, and stands nowhere else (RFC 7692 section 6).
    private static func isCompressedStart(_ byte: UInt8, _ allowsCompression: Bool) -> Bool {
        guard allowsCompression, byte & 0x70 == 0x40, let opcode = Opcode(rawValue: byte & 0x0F) else { return false }
        switch opcode {
        case .text, .binary: return true
        case .continuation, .close, .ping, .pong: return false
        }
    }

    /// The mask bit, and the length as far as the second byte tells it.
    @inline(__always)
    static func checkSecond(_ byte: UInt8, opcode: Opcode, role: Role) -> ProtocolViolation? {
        switch role {
        case .server: if byte & 0x80 == 0 { return .unmaskedFrame }
        case .client: if byte & 0x80 != 0 { return .maskedFrame }
        }
        return opcode.isControl && byte & 0x7F > 125 ? .controlTooLong : nil
    }

    /// Reads the payload length whose seven-bit form is `short` from the bytes at `offset`, which must be there.
    @inline(__always)
    static func payloadLength(short: UInt8, in bytes: RawSpan, at offset: Int) -> (length: Int, violation: ProtocolViolation?) {
        switch short {
        case 126:
            let length = Int(UInt16(bigEndian: bytes.integer(at: offset, as: UInt16.self)))
            return (length, length < 126 ? .nonMinimalLength : nil)
        case 127:
            let length = UInt64(bigEndian: bytes.integer(at: offset, as: UInt64.self))
            guard length <= UInt64(Int.max) else { return (0, .lengthOverflow) }
            return (Int(length), length <= 0xFFFF ? .nonMinimalLength : nil)
        default:
            return (Int(short), nil)
        }
    }

    /// Bytes of extended length that follow a seven-bit length.
    @inline(__always)
    static func extendedLengthBytes(short: UInt8) -> Int {
        switch short {
        case 126: 2
        case 127: 8
        default: 0
        }
    }
}
