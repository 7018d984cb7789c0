import RoadsteadWire
import TestSupport
import Testing

@testable import RoadsteadGateway

@Suite("A queue of bytes")
struct ByteQueueTests {
    private static func queue(_ bytes: ClosedRange<UInt8>, behind passed: Int = 0) -> ByteQueue {
        var queue = ByteQueue()
        queue.append([UInt8](repeating: 0xEE, count: passed) + Array(bytes))
        queue.removeFirst(passed)
        return queue
    }

    private static func bytes(_ queue: borrowing ByteQueue) -> [UInt8] {
        let bytes = queue.bytes
        return (0..<bytes.byteCount).map { bytes[byte: $0] }
    }

    @Test(
        "lets go of ranges, and keeps the rest in order",
        arguments: [
            [], [0..<1], [0..<10], [9..<10], [3..<5], [0..<2, 4..<6], [1..<2, 3..<4, 5..<6, 9..<10], [2..<4, 4..<6], [0..<0, 5..<5],
        ] as [[Range<Int>]], [0, 7])
    func removes(_ ranges: [Range<Int>], behind passed: Int) {
        var queue = Self.queue(0...9, behind: passed)
        queue.remove(ranges)
        #expect(Self.bytes(queue) == (0..<10).filter { place in !ranges.contains { $0.contains(place) } }.map(UInt8.init))
        queue.append([42])
        #expect(queue.bytes.byteCount == Self.bytes(queue).count && Self.bytes(queue).last == 42)
    }

    @Test("keeps its beginning", arguments: 0...10)
    func truncates(_ count: Int) {
        var queue = Self.queue(0...9, behind: 3)
        queue.removeAll(behind: count)
        queue.append([42])
        #expect(Self.bytes(queue) == Array(0..<UInt8(count)) + [42])
    }

    @Test("is the same as an array, whatever is done to it", arguments: [UInt64(1), 2, 3, 4])
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var queue = ByteQueue()
        var model: [UInt8] = []
        for _ in 0..<2000 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0, 1:
                let added = (0..<Int.random(in: 0...50, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
                queue.append(added)
                model += added
            case 2:
                let count = Int.random(in: 0...model.count, using: &generator) / 3
                queue.removeFirst(count)
                model.removeFirst(count)
            default:
                var (ranges, place) = ([Range<Int>](), 0)
                while place < model.count {
                    let start = Int.random(in: place...model.count, using: &generator)
                    let end = Int.random(in: start...min(model.count, start + 20), using: &generator)
                    ranges.append(start..<end)
                    place = end + 1
                }
                queue.remove(ranges)
                for range in ranges.reversed() { model.removeSubrange(range) }
            }
            guard Self.bytes(queue) == model else {
                Issue.record("seed \(seed)")
                return
            }
        }
    }
}
