import RoadsteadWire

extension UnsentMessages {
    /// Uncompresses the messages: the next upstream may not have agreed to compression. Each had a context of its own.
    ///
    /// Fragments stay fragments, so that a message whose end is still to come goes on as it began.
    /// - Parameter limit: how much may come of what had been sent; if it is more, the messages are torn.
    mutating func makePlain(_ pool: CompressionPool, limit: Int) {
        guard FrameWalk.hasCompressed(frames.bytes) else { return }
        let inflation = MessageInflation(pool: pool, windowBits: 15, keepsContext: false, maximumMessageSize: .max)
        var plain = ByteQueue()
        var isMidMessage = false
        var position = 0
        while let frame = FrameWalk.frame(at: position, in: frames.bytes) {
            let mayGrow = position < sentSize ? limit : .max
            position = frame.range.upperBound
            let header = FrameWalk.header(of: frame, in: frames.bytes)
            if header.reservedBit1 { isMidMessage = true }
            guard isMidMessage else {
                plain.append(frames.bytes.extracting(frame.range))
                continue
            }
            inflate(frame, header, with: inflation, pool, into: &plain, limit: mayGrow)
            guard plain.count <= mayGrow else { return tear() }
            isMidMessage = !frame.isFinal
        }
        frames = plain
    }

    private mutating func tear() {
        frames = ByteQueue()
        (count, sentSize, isTorn) = (0, 0, true)
    }

    private mutating func inflate(
        _ frame: FrameWalk.Frame, _ header: FrameHeader, with inflation: MessageInflation, _ pool: CompressionPool,
        into plain: inout ByteQueue, limit: Int
    ) {
        let payload = frame.range.upperBound - header.payloadLength..<frame.range.upperBound
        var bytes = frames.mutableBytes
        if let key = header.maskingKey { Masking.apply(key: key, phase: 0, to: &bytes, in: payload) }
        var opcode = header.opcode
        var cursor = payload.lowerBound
        // Text was checked when it came.
        inflation.begin(
            MessageChunk(kind: .binary, payload: payload, isFirst: opcode != .continuation, isLast: frame.isFinal, maskingKey: 0))
        while inflation.hasChunk, plain.count <= limit {
            guard let event = inflation.next(in: bytes.bytes, cursor: &cursor) else { continue }
            guard case .data(let piece) = event else { preconditionFailure("what we compressed can be inflated") }
            let buffer = pool.inflated
            plain.append(
                FrameHeader(isFinal: piece.isLast, opcode: opcode, payloadLength: piece.payload.count, maskingKey: header.maskingKey),
                payload: buffer.bytes.extracting(piece.payload))
            opcode = .continuation
        }
    }
}
