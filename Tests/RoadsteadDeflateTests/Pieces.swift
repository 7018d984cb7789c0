import TestSupport

@testable import RoadsteadDeflate

/// Lends an array's bytes to be read.
func withBytes<Result>(_ bytes: [UInt8], _ body: (RawSpan) -> Result) -> Result {
    // SAFETY: a UInt8 has no padding, so every byte is initialised.
    body(unsafe bytes.span.bytes)
}

/// Lends an array's bytes to be changed in place.
func withMutableBytes<Result>(_ bytes: inout [UInt8], _ body: (inout MutableRawSpan) -> Result) -> Result {
    var elements = bytes.mutableSpan
    // SAFETY: every bit pattern is a UInt8, so whatever is stored stays valid.
    var raw = unsafe elements.mutableBytes
    return body(&raw)
}

extension Deflater {
    /// What `input` is compressed to, with so much room at a time.
    func compress(_ input: [UInt8], room: Int = 64) -> [UInt8] {
        var rest = input[...]
        var result: [UInt8] = []
        var isFlushed = false
        while !isFlushed {
            var output = [UInt8](repeating: 0xEE, count: room)
            let step = withBytes(Array(rest)) { input in withMutableBytes(&output) { compress(input, into: &$0) } }
            result += output[..<step.produced]
            rest = rest.dropFirst(step.consumed)
            isFlushed = step.isFlushed
        }
        return result
    }

    /// A whole message as it goes on the wire.
    func message(_ input: [UInt8]) -> [UInt8] { compress(input).dropLast(Deflater.flushMarker.count) }
}

extension Inflater {
    /// What a message inflates to, given these pieces, with so much room at a time; nil if it is corrupt.
    func inflate(_ pieces: [[UInt8]], room: Int = 64) -> [UInt8]? {
        var result: [UInt8] = []
        for (index, piece) in pieces.enumerated() {
            var rest = piece[...]
            let isEnd = index == pieces.count - 1
            var state = State.more
            while state == .more {
                var output = [UInt8](repeating: 0xEE, count: room)
                let step = withBytes(Array(rest)) { input in withMutableBytes(&output) { inflate(input, isEnd: isEnd, into: &$0) } }
                result += output[..<step.produced]
                rest = rest.dropFirst(step.consumed)
                state = step.state
            }
            guard state == (isEnd ? .ended : .hungry), rest.isEmpty else { return nil }
        }
        return result
    }
}

/// The bytes of "81 05 48", spaces ignored.
func hex(_ text: String) -> [UInt8] {
    let digits = Array(text.filter { !$0.isWhitespace })
    return stride(from: 0, to: digits.count, by: 2).compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
}

extension SeededGenerator {
    /// Bytes that compress a little, a lot or not at all.
    mutating func payload() -> [UInt8] {
        let count = [0, 1, 5, 100, 1000, 20_000].randomElement(using: &self) ?? 0
        let variety = [1, 4, 256].randomElement(using: &self) ?? 1
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: Int.random(in: 0..<variety, using: &self)) }
    }

    /// The same bytes in pieces, some of them empty.
    mutating func cut(_ bytes: [UInt8]) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        repeat {
            let count = Int.random(in: 0...max(1, rest.count / 2), using: &self)
            pieces.append(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        } while !rest.isEmpty
        return pieces
    }
}
