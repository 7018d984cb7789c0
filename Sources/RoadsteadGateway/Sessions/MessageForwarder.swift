import RoadsteadWire

/// Carries messages from a receiver to a sink of frames. A message that arrives in pieces is collected while it is small and streamed as
/// fragments when it is not, so that memory per session is bounded and other frames may pass between the fragments.
struct MessageForwarder: ~Copyable {
    /// Larger messages are streamed, where nothing else is asked for.
    static let collectedSize = 64 * 1024

    /// A piece of so many bytes makes a fragment of its own.
    private static let directSize = 16 * 1024

    private let limit: Int
    private var collected = ByteQueue()
    /// A message's first fragments are on their way, and its last one is not.
    private(set) var isStreaming = false

    /// Bytes of a message whose end has not come, which wait here for it.
    var collectedBytes: Int { collected.count }

    /// - Parameter limit: larger messages are streamed.
    init(limit: Int = MessageForwarder.collectedSize) { self.limit = limit }

    /// Forwards a chunk. Returns whether a whole message is now on its way.
    /// - Parameters:
    ///   - bytes: the buffer that `chunk.payload` points into, unmasked.
    ///   - masks: whether our side is the client's; then the chunk's own key, which a client made up, serves again.
    mutating func forward(
        _ chunk: MessageChunk, in bytes: RawSpan, to sink: some FrameSink, masks: Bool, spareKey: UInt32
    ) -> Bool {
        let payload = bytes.extracting(chunk.payload)
        let key: UInt32? = masks ? (chunk.maskingKey != 0 ? chunk.maskingKey : spareKey) : nil
        let opcode: Opcode = chunk.kind == .text ? .text : .binary
        if chunk.isFirst && chunk.isLast {
            send(payload, opcode, isFinal: true, key, to: sink)
            return true
        }
        // Small pieces are collected while streaming too: peers bound how many fragments a message may have.
        if isStreaming, collected.isEmpty, chunk.isLast || payload.byteCount >= Self.directSize {
            send(payload, .continuation, isFinal: chunk.isLast, key, to: sink)
        } else {
            collected.append(payload)
            guard chunk.isLast || collected.count > (isStreaming ? Self.collectedSize : limit) else { return false }
            send(collected.bytes, isStreaming ? .continuation : opcode, isFinal: chunk.isLast, key, to: sink)
            collected = ByteQueue()
        }
        isStreaming = !chunk.isLast
        return chunk.isLast
    }

    private func send(_ payload: RawSpan, _ opcode: Opcode, isFinal: Bool, _ key: UInt32?, to sink: some FrameSink) {
        let header = FrameHeader(isFinal: isFinal, opcode: opcode, payloadLength: payload.byteCount, maskingKey: key)
        sink.send(header, payload: payload)
    }
}
