import TestSupport
import Testing

/// In which pieces ciphertext reaches its reader.
enum Delivery: Sendable, CustomTestStringConvertible {
    case whole
    case byteByByte
    case random(seed: UInt64)

    var testDescription: String {
        switch self {
        case .whole: "whole"
        case .byteByByte: "byte by byte"
        case .random(let seed): "random pieces, seed \(seed)"
        }
    }

    static let all: [Delivery] = [.whole, .byteByByte, .random(seed: 1), .random(seed: .random(in: 2 ... .max))]

    /// Where the pieces end.
    func ends(_ count: Int, _ generator: inout SeededGenerator) -> [Int] {
        switch self {
        case .whole: return count == 0 ? [] : [count]
        case .byteByByte: return count == 0 ? [] : Array(1...count)
        case .random:
            var ends: [Int] = []
            while (ends.last ?? 0) < count {
                let longest = [3, 100, 5_000, 40_000].randomElement(using: &generator)!
                ends.append(min(count, (ends.last ?? 0) + Int.random(in: 1...longest, using: &generator)))
            }
            return ends
        }
    }
}
