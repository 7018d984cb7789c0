import TestSupport

@testable import RoadsteadWire

/// Lends an array's bytes to be changed in place.
func withMutableBytes<Result>(_ bytes: inout [UInt8], _ body: (inout MutableRawSpan) -> Result) -> Result {
    var elements = bytes.mutableSpan
    // SAFETY: every bit pattern is a UInt8, so whatever is stored stays valid.
    var raw = unsafe elements.mutableBytes
    return body(&raw)
}

/// The bytes of a span.
func array(_ span: Span<UInt8>) -> [UInt8] { span.indices.map { span[$0] } }

/// The bytes of "81 05 48", spaces ignored.
func hex(_ text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }
    return stride(from: 0, to: digits.count, by: 2).map { offset in
        let start = digits.index(digits.startIndex, offsetBy: offset)
        guard let byte = UInt8(digits[start...].prefix(2), radix: 16) else { preconditionFailure("not hexadecimal: \(text)") }
        return byte
    }
}

/// Ways to cut a stream into the pieces in which a peer's bytes may arrive.
enum Cut {
    static func whole(_ count: Int) -> [[Range<Int>]] { [[0..<count]] }

    static func everyByte(_ count: Int) -> [[Range<Int>]] { [(0..<count).map { $0..<$0 + 1 }] }

    /// Two pieces, cut at each place in turn.
    static func everyPlace(_ count: Int) -> [[Range<Int>]] { (0...count).map { [0..<$0, $0..<count] } }

    /// Pieces of random lengths, some of them empty.
    static func random(_ count: Int, using generator: inout SeededGenerator) -> [Range<Int>] {
        var pieces: [Range<Int>] = []
        var start = 0
        while start < count {
            let end = Int.random(in: start...min(count, start + 40), using: &generator)
            pieces.append(start..<end)
            start = end
        }
        return pieces
    }

    /// Whole, byte by byte, and in two at every place.
    static func all(_ count: Int) -> [[Range<Int>]] { whole(count) + everyByte(count) + everyPlace(count) }
}
