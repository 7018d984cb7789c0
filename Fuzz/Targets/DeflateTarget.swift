import RoadsteadDeflate

/// Arbitrary bytes inflate to the same in whatever pieces they come, to no more than there is room for; and what is deflated comes back.
enum DeflateTarget {
    private static let most = 1 << 18

    private struct Result: Equatable {
        var output: [UInt8] = []
        var state: Inflater.State?
    }

    static func run(_ bytes: [UInt8]) {
        guard let options = bytes.first else { return }
        let pieces = Pieces(Array(bytes.dropFirst()))
        let windowBits = 8 + Int(options) % 8
        // With a smaller window zlib lets a sender refer further back than it may, as far as the output happens to lie there still.
        let whole = inflate(pieces.content, pieces.whole, 15, room: 4096)
        let cut = inflate(pieces.content, pieces.ranges, 15, room: 1 + Int(options) * 7)
        if whole.output.count < most, cut.output.count < most, whole.state != .corrupt {
            precondition(whole == cut, "a message differs with its pieces: \(whole.output.count), \(cut.output.count)")
        }
        _ = inflate(pieces.content, pieces.ranges, windowBits, room: 1 + Int(options) * 7)
        thereAndBack(pieces, max(9, windowBits))
    }

    private static func thereAndBack(_ pieces: Pieces, _ windowBits: Int) {
        let deflater = Deflater(windowBits: windowBits)
        // Twice: the second message refers to the first.
        for _ in 0..<2 {
            var compressed: [UInt8] = []
            for (index, range) in pieces.ranges.enumerated() {
                compressed += deflate(pieces.content, range, deflater)
                if index == pieces.ranges.count - 1 { compressed.removeLast(min(4, compressed.count)) }
            }

            deflater.reset()
            let back = inflate(compressed, [0..<compressed.count], windowBits, room: 777)
            precondition(back.output == pieces.content && back.state == .ended, "what was deflated does not come back")
        }
    }

    static func deflate(_ bytes: [UInt8], _ range: Range<Int>, _ deflater: Deflater, room: Int = 64) -> [UInt8] {
        var (compressed, consumed, isFlushed): ([UInt8], Int, Bool) = ([], 0, false)
        while !isFlushed {
            var buffer = [UInt8](repeating: 0, count: room)
            var elements = buffer.mutableSpan
            var space = elements.mutableBytes
            let step = deflater.compress(bytes.span.bytes.extracting(range.lowerBound + consumed..<range.upperBound), into: &space)
            (consumed, isFlushed) = (consumed + step.consumed, step.isFlushed)
            compressed += buffer[..<step.produced]
        }
        return compressed
    }

    private static func inflate(_ bytes: [UInt8], _ ranges: [Range<Int>], _ windowBits: Int, room: Int) -> Result {
        let inflater = Inflater(windowBits: windowBits)
        var result = Result()
        for (index, range) in ranges.enumerated() {
            var consumed = 0
            repeat {
                var buffer = [UInt8](repeating: 0, count: room)
                var elements = buffer.mutableSpan
                var space = elements.mutableBytes
                let input = bytes.span.bytes.extracting(range.lowerBound + consumed..<range.upperBound)
                let step = inflater.inflate(input, isEnd: index == ranges.count - 1, into: &space)
                precondition(step.produced <= room && step.consumed <= input.byteCount)
                consumed += step.consumed
                result.output += buffer[..<step.produced]
                result.state = step.state
                guard step.state != .corrupt, result.output.count < most else { return result }
            } while result.state == .more
            precondition(consumed == range.count || result.state != .hungry, "bytes are left over")
        }
        return result
    }
}
