import RoadsteadDeflate
import RoadsteadLoop
import RoadsteadWire

/// The sending half of permessage-deflate on one connection (RFC 7692 section 6.1): stands between whoever sends messages and the
/// connection's queue of frames. Loop-confined.
///
/// Without takeover it has a context only while a message is under way, else from its first compressed message on.
final class MessageCompressor {
    private let pool: CompressionPool
    private let windowBits: Int
    private let keepsContext: Bool
    private let minimum: Int
    private let meter: CompressionMeter?
    private var deflater: Deflater?
    /// A compressed message's first fragment is on its way, and its last one is not.
    private var isMidMessage = false
    /// How much larger would be, uncompressed, what was queued since the queue was last empty.
    private(set) var saved = 0

    /// - Parameters:
    ///   - windowBits: of the window that was agreed on, 9 to 15.
    ///   - keepsContext: whether a message may refer to those before it.
    ///   - minimum: smaller messages are not compressed.
    init(pool: CompressionPool, windowBits: Int, keepsContext: Bool, minimum: Int, meter: CompressionMeter?) {
        self.pool = pool
        self.windowBits = windowBits
        self.keepsContext = keepsContext
        self.minimum = minimum
        self.meter = meter
    }

    /// Queues a frame of a data message, compressed if its message is.
    func send(_ header: FrameHeader, payload: RawSpan, to connection: Connection) {
        switch header.opcode {
        case .text, .binary:
            // An empty message is as small as it can be.
            guard payload.byteCount >= max(1, minimum) else { return connection.queue(header, payload: payload) }
            compress(header, payload, to: connection)
        case .continuation:
            guard isMidMessage else { return connection.queue(header, payload: payload) }
            compress(header, payload, to: connection)
        case .close, .ping, .pong:
            connection.queue(header, payload: payload)
        }
    }

    /// The connection's queue is empty.
    func queueEmptied() { saved = 0 }

    private func compress(_ header: FrameHeader, _ payload: RawSpan, to connection: Connection) {
        let deflater = self.deflater ?? pool.takeDeflater(windowBits: windowBits)
        self.deflater = deflater
        var output = Output(header: header, buffer: pool.compressed)
        let isWhole = header.isFinal && !isMidMessage
        // Without takeover the receiver need not see what is not worth compressing: room for as much, and the marker, is enough to tell.
        let mayGiveUp = isWhole && !keepsContext && payload.byteCount + Deflater.leastOutput <= CompressionPool.stepSize
        let room = mayGiveUp ? payload.byteCount + Deflater.leastOutput : CompressionPool.stepSize
        var rest = payload
        while !output.compress(&rest, with: deflater, room: room) {
            if mayGiveUp { return giveUp(header, payload, to: connection) }
            output.sendFull(to: connection)
        }
        if mayGiveUp, output.count - Deflater.flushMarker.count >= payload.byteCount { return giveUp(header, payload, to: connection) }
        output.sendLast(to: connection)
        isMidMessage = !header.isFinal
        saved += max(0, payload.byteCount - output.sentCount)
        meter?.count(compressed: output.sentCount, uncompressed: payload.byteCount)
        if !isMidMessage { release() }
    }

    private func giveUp(_ header: FrameHeader, _ payload: RawSpan, to connection: Connection) {
        release()
        connection.queue(header, payload: payload)
    }

    private func release() {
        guard !keepsContext, let deflater else { return }
        self.deflater = nil
        pool.giveBack(deflater, windowBits: windowBits)
    }
}

/// What one frame's payload is compressed to: one frame, or several if the buffer is too small for that.
private struct Output {
    private var header: FrameHeader
    private let endsMessage: Bool
    private let buffer: IOBuffer
    /// Bytes in the buffer.
    private(set) var count = 0
    /// Bytes that were queued.
    private(set) var sentCount = 0

    init(header: FrameHeader, buffer: IOBuffer) {
        self.header = header
        self.buffer = buffer
        endsMessage = header.isFinal
        self.header.reservedBit1 = header.opcode != .continuation
    }

    /// Compresses as much as there is room for; false if that was not all.
    mutating func compress(_ input: inout RawSpan, with deflater: Deflater, room: Int) -> Bool {
        let buffer = buffer
        var space = buffer.mutableBytes
        var free = space._mutatingExtracting(count..<room)
        let step = deflater.compress(input, into: &free)
        input = input.extracting(droppingFirst: step.consumed)
        count += step.produced
        return step.isFlushed
    }

    /// Queues what is there, but for what may turn out to be the marker.
    mutating func sendFull(to connection: Connection) {
        let kept = Deflater.flushMarker.count
        queue(first: count - kept, isFinal: false, to: connection)
        let buffer = buffer
        var space = buffer.mutableBytes
        for offset in 0..<kept {
            space.storeBytes(of: buffer.bytes[byte: count - kept + offset], toByteOffset: offset, as: UInt8.self)
        }
        count = kept
    }

    /// Queues the rest. The end of a message goes without the marker (RFC 7692 section 7.2.1); if nothing is new since the last one, an
    /// empty block is begun for it to end.
    mutating func sendLast(to connection: Connection) {
        if endsMessage, count < Deflater.flushMarker.count {
            let buffer = buffer
            var space = buffer.mutableBytes
            space.storeBytes(of: 0, toByteOffset: 0, as: UInt8.self)
            return queue(first: 1, isFinal: true, to: connection)
        }
        queue(first: endsMessage ? count - Deflater.flushMarker.count : count, isFinal: endsMessage, to: connection)
    }

    private mutating func queue(first length: Int, isFinal: Bool, to connection: Connection) {
        header.payloadLength = length
        header.isFinal = isFinal
        let buffer = buffer
        connection.queue(header, payload: buffer.bytes.extracting(first: length))
        sentCount += length
        header.opcode = .continuation
        header.reservedBit1 = false
        // RFC 6455 section 5.3: each frame has a key of its own.
        if header.maskingKey != nil { header.maskingKey = UInt32(truncatingIfNeeded: connection.context.random.next()) }
    }
}
