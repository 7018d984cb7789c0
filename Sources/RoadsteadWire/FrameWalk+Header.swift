extension FrameWalk {
    /// The header of a frame that `frame(at:in:)` found; its payload is the end of the frame's range.
    public static func header(of frame: Frame, in bytes: RawSpan) -> FrameHeader {
        let octets = bytes.octets
        let (first, second) = (octets[frame.range.lowerBound], octets[frame.range.lowerBound + 1])
        guard let opcode = Opcode(rawValue: first & 0x0F) else { preconditionFailure("we make no frames with reserved opcodes") }
        let lengthEnd = frame.range.lowerBound + 2 + IncomingFrame.extendedLengthBytes(short: second & 0x7F)
        let isMasked = second & 0x80 != 0
        return FrameHeader(
            isFinal: frame.isFinal, opcode: opcode, payloadLength: frame.range.upperBound - lengthEnd - (isMasked ? 4 : 0),
            maskingKey: isMasked ? UInt32(littleEndian: bytes.integer(at: lengthEnd, as: UInt32.self)) : nil,
            reservedBit1: isCompressed(octets[frame.range.lowerBound]))
    }

    /// Whether any of the frames begins a compressed message (RFC 7692 section 6).
    public static func hasCompressed(_ bytes: RawSpan) -> Bool {
        let octets = bytes.octets
        var position = 0
        while let frame = frame(at: position, in: bytes) {
            if isCompressed(octets[position]) { return true }
            position = frame.range.upperBound
        }
        return false
    }

    private static func isCompressed(_ first: UInt8) -> Bool { first & 0x40 != 0 }
}
