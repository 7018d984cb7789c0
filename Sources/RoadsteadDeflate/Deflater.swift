import CZlib

/// Compresses messages for permessage-deflate (RFC 7692 section 7.2.1): raw DEFLATE, flushed to a byte boundary. Bytes in, bytes out.
///
/// Confined to one thread at a time. A new one, or one that was reset, refers to nothing that came before.
@safe public final class Deflater {
    /// How far one step came.
    public struct Step: Sendable, Equatable {
        /// Bytes taken from the front of the input.
        public var consumed: Int
        /// Bytes written to the front of the output.
        public var produced: Int
        /// Everything was taken and written. If not, the output was too small: go on with the rest of the input.
        public var isFlushed: Bool
    }

    /// What each flush ends with, and what the end of a message goes without.
    public static let flushMarker: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]
    /// The least room for the output of a step: in less, zlib might repeat its flush marker for ever.
    public static let leastOutput = 16

    /// Never NULL; owned. On the heap because zlib keeps the address.
    private let stream: UnsafeMutablePointer<z_stream>

    /// A compressor.
    ///
    /// - Parameter windowBits: the base-2 logarithm of its window, 9 to 15: zlib cannot compress with less. Memory follows from it, some
    ///   8.5 to 268 KB, because the tables for the symbols of a block are made to fit.
    public init(windowBits: Int) {
        precondition((9...15).contains(windowBits), "a compressor's window has 9 to 15 bits")
        // SAFETY: freed in deinit. A z_stream of zeros asks for the default allocator.
        unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())  // SAFETY: as above.
        // SAFETY: `stream` is valid, and the version and size are those of the header that this was compiled with.
        let status = unsafe deflateInit2_(
            stream, Self.level, Z_DEFLATED, -Int32(windowBits), Int32(windowBits - 7), Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { fatalError("no memory for a compressor") }
    }

    /// Where more effort hardly makes messages smaller; see docs/decisions/0011-compression.md.
    private static let level: Int32 = 3

    deinit {
        unsafe deflateEnd(stream)  // SAFETY: initialised in init, and released once.
        unsafe stream.deallocate()  // SAFETY: as above.
    }

    /// Compresses all of `input` and flushes: what was written ends with `flushMarker`, and inflates to all that was taken so far. Nothing
    /// new since the last flush writes nothing.
    ///
    /// - Parameter output: at least `leastOutput` bytes.
    public func compress(_ input: RawSpan, into output: inout MutableRawSpan) -> Step {
        precondition(output.byteCount >= Self.leastOutput, "a compressor needs room for its output")
        // SAFETY: zlib reads and writes within the two buffers, during the call only; it does not change its input.
        return unsafe input.withUnsafeBytes { input in
            // SAFETY: as above.
            unsafe output.withUnsafeMutableBytes { output in
                // SAFETY: the buffers' own addresses and counts.
                unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
                unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
                unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
                unsafe stream.pointee.avail_out = UInt32(clamping: output.count)
                let taken = unsafe Int(stream.pointee.avail_in)
                let room = unsafe Int(stream.pointee.avail_out)
                // Z_BUF_ERROR: there was nothing new.
                let status = unsafe deflate(stream, Z_SYNC_FLUSH)
                precondition(status == Z_OK || status == Z_BUF_ERROR, "a compressor's state is damaged")
                let (left, free) = unsafe (Int(stream.pointee.avail_in), Int(stream.pointee.avail_out))
                let consumed = taken - left
                return Step(consumed: consumed, produced: room - free, isFlushed: consumed == input.count && free > 0)
            }
        }
    }

    /// Forgets everything; keeps the memory.
    public func reset() {
        let status = unsafe deflateReset(stream)  // SAFETY: `stream` is valid as long as this object.
        precondition(status == Z_OK, "a compressor's state is damaged")
    }
}
