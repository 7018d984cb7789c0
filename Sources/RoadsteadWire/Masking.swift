/// The exclusive-or of a client's payload with its masking key (RFC 6455 section 5.3). Its own inverse.
///
/// `key` holds the four key bytes with the first one lowest, as a little-endian load of the wire gives them.
public enum Masking {
    /// Masks, or unmasks, `bytes[range]` in place.
    ///
    /// - Parameters:
    ///   - key: the frame's masking key.
    ///   - phase: offset in the frame's payload of the range's first byte; only its value modulo 4 counts.
    ///   - bytes: the buffer.
    ///   - range: what to change; must lie within `bytes`.
    @_lifetime(bytes: copy bytes)
    public static func apply(key: UInt32, phase: Int, to bytes: inout MutableRawSpan, in range: Range<Int>) {
        _ = applyCollectingBits(key: key, phase: phase, to: &bytes, in: range)
    }

    /// As `apply`, and returns the union of all result bytes' bits, folded to eight byte lanes: no lane with its top
    /// bit set means that the result is ASCII. Found in passing, it spares text a second look.
    @_lifetime(bytes: copy bytes)
    static func applyCollectingBits(key: UInt32, phase: Int, to bytes: inout MutableRawSpan, in range: Range<Int>) -> UInt64 {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount, "the range to mask must lie within the buffer")
        let turn = UInt32(truncatingIfNeeded: phase & 3) * 8
        let turned = turn == 0 ? key : key >> turn | key << (32 - turn)
        // SAFETY: the pointer does not leave the closure, and the range was checked against the buffer just above.
        return unsafe bytes.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            return unsafe exclusiveOr(base + range.lowerBound, count: range.count, key: turned)
        }
    }

    /// Eight bytes a step, so that the compiler can widen it to vectors.
    ///
    /// `start` must be good for `count` bytes, read and written.
    @inline(__always)
    private static func exclusiveOr(_ start: UnsafeMutableRawPointer, count: Int, key: UInt32) -> UInt64 {
        let wide = (UInt64(key) << 32 | UInt64(key)).littleEndian
        var union: UInt64 = 0
        let wholeWords = count & ~7
        var offset = 0
        while offset < wholeWords {
            // SAFETY: offset + 8 <= wholeWords <= count.
            let word = unsafe start.loadUnaligned(fromByteOffset: offset, as: UInt64.self) ^ wide
            // SAFETY: the same eight bytes.
            unsafe start.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
            union |= word
            offset &+= 8
        }
        var rest = key
        while offset < count {
            // SAFETY: offset < count.
            let byte = unsafe start.load(fromByteOffset: offset, as: UInt8.self) ^ UInt8(truncatingIfNeeded: rest)
            // SAFETY: the same byte.
            unsafe start.storeBytes(of: byte, toByteOffset: offset, as: UInt8.self)
            union |= UInt64(byte)
            rest = rest >> 8 | rest << 24
            offset &+= 1
        }
        return union
    }
}
