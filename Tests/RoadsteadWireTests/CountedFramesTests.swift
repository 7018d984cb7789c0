import Testing

@testable import RoadsteadWire

@Suite("Frames that count")
struct CountedFramesTests {
    private static func frame(_ opcode: Opcode, isFinal: Bool = true, _ count: Int) -> [UInt8] {
        FrameBuilder.received(by: .server, opcode, isFinal: isFinal, [UInt8](repeating: 0x61, count: count))
    }

    @Test(
        "are the last of each message, control frames, and fragments with next to nothing in them",
        arguments: [
            (frame(.text, 5), 1), (frame(.binary, 0), 1), (frame(.binary, 100_000), 1), (frame(.ping, 0), 1), (frame(.pong, 125), 1),
            (frame(.text, isFinal: false, 1024), 0), (frame(.text, isFinal: false, 1023), 1), (frame(.text, isFinal: false, 0), 1),
            (frame(.text, isFinal: false, 2000) + frame(.ping, 3) + frame(.continuation, isFinal: false, 2000), 1),
            (frame(.text, isFinal: false, 1) + frame(.continuation, isFinal: false, 0) + frame(.continuation, isFinal: false, 0), 3),
        ] as [([UInt8], Int)], [1, 1000, 1_000_000])
    func count(_ example: (bytes: [UInt8], frames: Int), step: Int) {
        var probe = ReceiverProbe(.server)
        for start in stride(from: 0, to: example.bytes.count, by: step) {
            probe.feed(Array(example.bytes[start..<min(example.bytes.count, start + step)]))
        }
        #expect(probe.receiver.countedFrames == example.frames)
        #expect(!probe.receiver.isMidFrame)
    }

    @Test("are counted when their header is there; until their payload is, the receiver is in a frame", arguments: 0...11)
    func midFrame(_ available: Int) {
        // Two bytes of header, four of key, five of payload.
        var probe = ReceiverProbe(.server)
        probe.feed(Array(Self.frame(.text, 5).prefix(available)))
        #expect(probe.receiver.countedFrames == (available >= 6 ? 1 : 0))
        #expect(probe.receiver.isMidFrame == (6...10).contains(available))
    }
}
