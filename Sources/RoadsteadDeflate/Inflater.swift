import CZlib

/// Inflates the messages of permessage-deflate (RFC 7692 section 7.2.2) as they come, in any pieces. Bytes in, bytes out.
///
/// Confined to one thread at a time. Each message may go on where the last one ended, or follow a `reset`.
@safe public final class Inflater {
    /// How far one step came.
    public struct Step: Sendable, Equatable {
        /// Bytes taken from the front of the input.
        public var consumed: Int
        /// Bytes written to the front of the output.
        public var produced: Int
        /// What is next.
        public var state: State
    }

    /// What a step leaves to be done.
    public enum State: Sendable, Equatable {
        /// The output is full: there may be more, so go on with the rest of the input, even if that is nothing.
        case more
        /// Everything was taken and written, and the message goes on.
        case hungry
        /// The message has ended.
        case ended
        /// This is no DEFLATE, or the message ends within a block. Nothing more can be made of the stream.
        case corrupt
    }

    /// Never NULL; owned. On the heap because zlib keeps the address.
    private let stream: UnsafeMutablePointer<z_stream>
    /// Nothing of the message has come.
    private var isAtStart = true
    /// The last block that was read said that it was the last of all, and nothing came after it.
    private var isAfterFinalBlock = false
    /// What was taken ends between two blocks, with no bit of the last byte left over.
    private var isBetweenBlocks = false
    /// Bytes of the flush marker, which senders leave out, that the end of the message was given.
    private var markerCount = 0

    /// An inflater.
    ///
    /// - Parameter windowBits: the base-2 logarithm of the largest window that the sender may use, 8 to 15. It takes 7.2 KB and the window.
    public init(windowBits: Int) {
        precondition((8...15).contains(windowBits), "an inflater's window has 8 to 15 bits")
        // SAFETY: freed in deinit. A z_stream of zeros asks for the default allocator.
        unsafe stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())  // SAFETY: as above.
        // Senders that use zlib take 9 bits when they promise 8.
        // SAFETY: `stream` is valid, and the version and size are those of the header that this was compiled with.
        let status = unsafe inflateInit2_(stream, -Int32(max(9, windowBits)), ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard status == Z_OK else { fatalError("no memory for an inflater") }
    }

    deinit {
        unsafe inflateEnd(stream)  // SAFETY: initialised in init, and released once.
        unsafe stream.deallocate()  // SAFETY: as above.
    }

    /// Inflates what there is room for.
    ///
    /// - Parameters:
    ///   - input: the next bytes of the message.
    ///   - isEnd: whether the message has no more than these.
    ///   - output: at least one byte.
    public func inflate(_ input: RawSpan, isEnd: Bool, into output: inout MutableRawSpan) -> Step {
        precondition(output.byteCount > 0, "an inflater needs room for its output")
        // SAFETY: zlib reads and writes within the two buffers, during the call only; it does not change its input.
        return unsafe input.withUnsafeBytes { input in
            // SAFETY: as above.
            unsafe output.withUnsafeMutableBytes { output in
                // SAFETY: the buffers' own addresses and counts.
                unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
                unsafe stream.pointee.avail_out = UInt32(clamping: output.count)
                let room = unsafe Int(stream.pointee.avail_out)
                let (consumed, isSound) = unsafe advance(input)  // SAFETY: the buffer that was lent.
                let state = !isSound ? .corrupt : consumed < input.count || isFull ? State.more : isEnd ? end() : .hungry
                if state == .ended { (isAtStart, markerCount) = (true, 0) }
                return unsafe Step(consumed: consumed, produced: room - Int(stream.pointee.avail_out), state: state)
            }
        }
    }

    /// Forgets everything, a message under way too; keeps the memory.
    public func reset() {
        let status = unsafe inflateReset(stream)  // SAFETY: `stream` is valid as long as this object.
        precondition(status == Z_OK, "an inflater's state is damaged")
        (isAtStart, isAfterFinalBlock, isBetweenBlocks, markerCount) = (true, false, false, 0)
    }

    /// zlib may have more to say.
    private var isFull: Bool { unsafe stream.pointee.avail_out == 0 }  // SAFETY: `stream` is valid as long as this object.

    /// The message's bytes are all taken: gives zlib the marker that the sender left out, and judges where that leads.
    ///
    /// Senders that left it in, that end with a final block and nothing after it, or that say nothing for an empty message, are understood:
    /// what they mean is plain, and zlib itself makes it easy for them.
    private func end() -> State {
        if markerCount == 0, isAtStart || isAfterFinalBlock || isBetweenBlocks { return .ended }
        let marker: InlineArray<4, UInt8> = [0x00, 0x00, 0xFF, 0xFF]
        // SAFETY: every byte of the array is initialised.
        let rest = unsafe marker.span.bytes.extracting(droppingFirst: markerCount)
        // SAFETY: lent for the call.
        let (consumed, isSound) = unsafe rest.withUnsafeBytes { unsafe advance($0) }
        markerCount += consumed
        guard isSound else { return .corrupt }
        if isFull { return .more }
        return isBetweenBlocks ? .ended : .corrupt
    }

    /// Inflates until the input or the room is used up; false if it cannot be right.
    private func advance(_ input: UnsafeRawBufferPointer) -> (consumed: Int, isSound: Bool) {
        // SAFETY: the buffer's own address and count, which the caller vouches for.
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        unsafe stream.pointee.avail_in = UInt32(clamping: input.count)
        let available = unsafe stream.pointee.avail_in
        var isSound = true
        if available > 0 { isAtStart = false }
        // SAFETY: `stream` is valid as long as this object.
        while unsafe isSound && (stream.pointee.avail_in > 0 || !isAfterFinalBlock) {
            // A final block ends a DEFLATE stream, but no message (RFC 7692 section 7.2.3.4): what follows may refer to what came before.
            if isAfterFinalBlock { isSound = unsafe inflateResetKeep(stream) == Z_OK }  // SAFETY: as above.
            isAfterFinalBlock = false
            switch unsafe CZlib.inflate(stream, Z_SYNC_FLUSH) {  // SAFETY: as above.
            case Z_STREAM_END: isAfterFinalBlock = true
            case Z_OK:
                // zlib.h: 128 after the end of a block, plus the number of unused bits; a call with nothing to do would forget it.
                isBetweenBlocks = unsafe stream.pointee.data_type & (128 + 63) == 128  // SAFETY: as above.
                return unsafe (Int(available - stream.pointee.avail_in), true)  // SAFETY: as above.
            // There was nothing to do.
            case Z_BUF_ERROR: return unsafe (Int(available - stream.pointee.avail_in), true)  // SAFETY: as above.
            case Z_MEM_ERROR: fatalError("no memory for an inflater's window")
            case _: isSound = false
            }
        }
        return unsafe (Int(available - stream.pointee.avail_in), isSound)  // SAFETY: as above.
    }
}
