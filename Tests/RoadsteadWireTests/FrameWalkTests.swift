import TestSupport
import Testing

@testable import RoadsteadWire

@Suite("A walk along frames")
struct FrameWalkTests {
    static let lengths = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000]

    @Test("finds where each frame lies and what it is", arguments: lengths, [nil, [1, 2, 3, 4]] as [[UInt8]?])
    func finds(_ length: Int, _ key: [UInt8]?) {
        let payload = [UInt8](repeating: 0xFF, count: length)
        for (first, isControl, isFinal) in Self.firsts where !isControl || length <= 125 {
            let before = FrameBuilder.frame(first: 0x81, payload: [7], key: key)
            let frame = FrameBuilder.frame(first: first, payload: payload, key: key)
            let bytes = before + frame + before
            let expected = FrameWalk.Frame(
                range: before.count..<before.count + frame.count, isControl: isControl, isFinal: isFinal)
            #expect(FrameWalk.frame(at: before.count, in: bytes.span.rawBytes) == expected)
        }
    }

    private static let firsts: [(UInt8, isControl: Bool, isFinal: Bool)] = [
        (0x81, false, true), (0x82, false, true), (0x01, false, false), (0x00, false, false), (0x80, false, true), (0x88, true, true),
        (0x89, true, true), (0x8A, true, true),
    ]

    @Test("ends with the bytes, and says of a frame that is cut off how far it would reach", arguments: [3, 126, 65_536])
    func ends(_ length: Int) {
        let frame = FrameBuilder.frame(first: 0x82, payload: [UInt8](repeating: 1, count: length), key: [9, 9, 9, 9])
        let header = frame.count - length - 4
        for end in Array(0...20) + [frame.count - 1, frame.count] where end <= frame.count {
            let found = FrameWalk.frame(at: 0, in: Array(frame[..<end]).span.rawBytes)
            #expect(found?.range == (end < header ? nil : 0..<frame.count), "\(end) bytes")
        }
        #expect(FrameWalk.frame(at: frame.count, in: frame.span.rawBytes) == nil)
        #expect(FrameWalk.frame(at: frame.count + 5, in: frame.span.rawBytes) == nil)
    }

    @Test("goes through any stream of ours from end to end")
    func walks() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let (bytes, _) = RandomStream.make(for: Bool.random(using: &generator) ? .server : .client, using: &generator)
            var position = 0
            while let frame = FrameWalk.frame(at: position, in: bytes.span.rawBytes) {
                #expect(frame.range.lowerBound == position && !frame.range.isEmpty)
                position = frame.range.upperBound
            }
            #expect(position == bytes.count, "seed \(seed)")
        }
    }
}
