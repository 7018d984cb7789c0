/// Walks along frames of our own making in a queue of outgoing bytes.
public enum FrameWalk {
    /// One frame in the queue.
    public struct Frame: Sendable, Equatable {
        /// Where it lies, header included.
        public var range: Range<Int>
        /// Whether it is a close, ping or pong.
        public var isControl: Bool
        /// Whether a message ends with it.
        public var isFinal: Bool
    }

    /// The frame that begins at `offset`; nil at the end of the bytes. Its payload may reach beyond them.
    public static func frame(at offset: Int, in bytes: RawSpan) -> Frame? {
        let octets = bytes.octets
        guard offset + 1 < octets.count else { return nil }
        let (first, second) = (octets[offset], octets[offset + 1])
        let short = second & 0x7F
        let lengthEnd = offset + 2 + IncomingFrame.extendedLengthBytes(short: short)
        guard lengthEnd <= octets.count else { return nil }
        let (payloadLength, _) = IncomingFrame.payloadLength(short: short, in: bytes, at: offset + 2)
        let end = lengthEnd + (second & 0x80 != 0 ? 4 : 0) + payloadLength
        return Frame(range: offset..<end, isControl: first & 0x08 != 0, isFinal: first & 0x80 != 0)
    }
}
