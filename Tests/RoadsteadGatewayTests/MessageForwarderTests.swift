import RoadsteadWire
import Testing

@testable import RoadsteadGateway

/// What becomes of messages that come in pieces.
@Suite("MessageForwarder")
struct MessageForwarderTests {
    /// Keeps what it is sent.
    private final class Sink: FrameSink {
        var frames: [(header: FrameHeader, payload: [UInt8])] = []

        func send(_ header: FrameHeader, payload: RawSpan) {
            frames.append((header, (0..<payload.byteCount).map { payload[byte: $0] }))
        }

        var sizes: [Int] { frames.map(\.payload.count) }
        var message: [UInt8] { frames.flatMap(\.payload) }
    }

    /// Sends a message in pieces of these sizes.
    private static func forward(_ sizes: [Int]) -> (Sink, [UInt8]) {
        let sink = Sink()
        var forwarder = MessageForwarder()
        var sent: [UInt8] = []
        for (index, size) in sizes.enumerated() {
            let piece = (0..<size).map { UInt8(truncatingIfNeeded: sent.count + $0) }
            let chunk = MessageChunk(
                kind: .binary, payload: 0..<size, isFirst: index == 0, isLast: index == sizes.count - 1, maskingKey: 0)
            var bytes = ByteQueue()
            bytes.append(piece)
            let isWhole = forwarder.forward(chunk, in: bytes.bytes, to: sink, masks: false, spareKey: 0)
            #expect(isWhole == chunk.isLast)
            sent += piece
        }
        #expect(forwarder.collectedBytes == 0 && !forwarder.isStreaming)
        return (sink, sent)
    }

    private static func holds(_ sink: Sink, _ sent: [UInt8]) -> Bool {
        let (first, rest) = (sink.frames.first?.header, sink.frames.dropFirst())
        return sink.message == sent && first?.opcode == .binary && rest.allSatisfy { $0.header.opcode == .continuation }
            && sink.frames.last?.header.isFinal == true && sink.frames.dropLast().allSatisfy { !$0.header.isFinal }
    }

    @Test("a message of up to 64 KiB is one frame, in whatever pieces it comes")
    func small() {
        for sizes in [[5], [0], [1, 0, 2], Array(repeating: 1024, count: 64)] {
            let (sink, sent) = Self.forward(sizes)
            #expect(Self.holds(sink, sent) && sink.frames.count == 1, "\(sizes)")
        }
    }

    @Test("a larger one in small pieces is streamed in fragments of more than 64 KiB, not in its pieces")
    func tinyPieces() {
        let (sink, sent) = Self.forward(Array(repeating: 64, count: 4096))
        #expect(Self.holds(sink, sent))
        #expect(sink.sizes == [65_600, 65_600, 65_600, 65_344])
    }

    @Test("a large piece is a fragment of its own once the message is streamed, and what was collected before it goes with it")
    func largePieces() {
        let (sink, sent) = Self.forward([40_000, 40_000, 20_000, 100, 20_000, 0, 30_000, 70_000, 0])
        #expect(Self.holds(sink, sent))
        #expect(sink.sizes == [80_000, 20_000, 120_100, 0])
    }
}
