/// The head of one WebSocket frame to be sent (RFC 6455 section 5.2).
///
/// ```
///  byte 0: FIN RSV1 RSV2 RSV3 opcode(4)   byte 1: MASK length(7)   then 0, 2 or 8 bytes of length, then 0 or 4 of key
/// ```
/// At most 14 bytes; the payload length takes its shortest form.
public struct FrameHeader: Sendable, Equatable {
    /// The most bytes that a header takes: 2, and 8 of length, and 4 of key.
    public static let maximumEncodedLength = 14

    /// Whether this is its message's last frame. Always true for a control frame.
    public var isFinal: Bool
    /// What the frame is.
    public var opcode: Opcode
    /// Bytes that follow the header. Not negative.
    public var payloadLength: Int
    /// The four bytes of the masking key, first byte lowest; nil from a server.
    public var maskingKey: UInt32?
    /// RSV1, which marks a compressed message (RFC 7692 section 6).
    public var reservedBit1: Bool

    /// A header for a payload of `payloadLength` bytes.
    @inlinable
    public init(isFinal: Bool, opcode: Opcode, payloadLength: Int, maskingKey: UInt32?, reservedBit1: Bool = false) {
        precondition(payloadLength >= 0, "a payload length is not negative")
        self.isFinal = isFinal
        self.opcode = opcode
        self.payloadLength = payloadLength
        self.maskingKey = maskingKey
        self.reservedBit1 = reservedBit1
    }

    /// Bytes that `encode` writes: 2 to 14.
    @inlinable
    public var encodedLength: Int {
        let keyLength = maskingKey == nil ? 0 : 4
        if payloadLength <= 125 { return 2 + keyLength }
        return (payloadLength <= 0xFFFF ? 4 : 10) + keyLength
    }

    /// Writes the header at `offset`, which must leave `encodedLength` bytes of room.
    ///
    /// - Returns: the number of bytes written.
    @inlinable
    @_lifetime(bytes: copy bytes)
    public func encode(into bytes: inout MutableRawSpan, at offset: Int) -> Int {
        let first = (isFinal ? 0x80 : 0) | (reservedBit1 ? 0x40 : 0) | UInt16(opcode.rawValue)
        let maskBit: UInt16 = maskingKey == nil ? 0 : 0x8000
        var end = offset + 2
        if payloadLength <= 125 {
            bytes.storeBytes(of: (first | maskBit | UInt16(payloadLength) << 8).littleEndian, toByteOffset: offset, as: UInt16.self)
        } else if payloadLength <= 0xFFFF {
            bytes.storeBytes(of: (first | maskBit | 126 << 8).littleEndian, toByteOffset: offset, as: UInt16.self)
            bytes.storeBytes(of: UInt16(payloadLength).bigEndian, toByteOffset: end, as: UInt16.self)
            end += 2
        } else {
            bytes.storeBytes(of: (first | maskBit | 127 << 8).littleEndian, toByteOffset: offset, as: UInt16.self)
            bytes.storeBytes(of: UInt64(payloadLength).bigEndian, toByteOffset: end, as: UInt64.self)
            end += 8
        }
        if let maskingKey {
            bytes.storeBytes(of: maskingKey.littleEndian, toByteOffset: end, as: UInt32.self)
            end += 4
        }
        return end - offset
    }
}
