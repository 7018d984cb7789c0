import TestSupport
import Testing

@testable import RoadsteadWire

@Suite("UTF8Validator")
struct UTF8ValidatorTests {
    static let valid: [[UInt8]] = [
        [], [0x00], [0x7F], Array("Hello, world".utf8), Array("κόσμε".utf8), Array("Hello-µ@ßöäüàá-UTF-8!!".utf8), Array("🌊⚓️".utf8),
        hex("c280"), hex("dfbf"), hex("e0a080"), hex("ed9fbf"), hex("ee8080"), hex("efbfbf"), hex("f0908080"), hex("f48fbfbf"),
        Array(repeating: 0x61, count: 15) + hex("c3a9"), Array(repeating: 0x61, count: 16) + hex("e282ac"),
        Array(repeating: 0x61, count: 31) + hex("f09f8c8a"), Array(repeating: 0x61, count: 64),
        hex("f09f8c8a") + Array(repeating: 0x61, count: 33),
    ]

    struct Invalid: Sendable {
        var kind: String
        var bytes: [UInt8]
        /// The first byte that no text can have there.
        var wrongAt: Int
    }

    static let invalid: [Invalid] = [
        Invalid(kind: "a lone continuation byte", bytes: hex("80"), wrongAt: 0),
        Invalid(kind: "a continuation byte too many", bytes: hex("c3a980"), wrongAt: 2),
        Invalid(kind: "an overlong form of two bytes", bytes: hex("c0af"), wrongAt: 0),
        Invalid(kind: "the other overlong form of two bytes", bytes: hex("c1bf"), wrongAt: 0),
        Invalid(kind: "an overlong form of three bytes", bytes: hex("e09fbf"), wrongAt: 1),
        Invalid(kind: "an overlong form of four bytes", bytes: hex("f08fbfbf"), wrongAt: 1),
        Invalid(kind: "the lowest surrogate", bytes: hex("eda080"), wrongAt: 1),
        Invalid(kind: "the highest surrogate", bytes: hex("edbfbf"), wrongAt: 1),
        Invalid(kind: "a scalar above U+10FFFF", bytes: hex("f4908080"), wrongAt: 1),
        Invalid(kind: "a lead byte for what is above U+10FFFF", bytes: hex("f5808080"), wrongAt: 0),
        Invalid(kind: "a lead byte of five-byte forms", bytes: hex("f888808080"), wrongAt: 0),
        Invalid(kind: "the byte FE", bytes: hex("61fe"), wrongAt: 1),
        Invalid(kind: "the byte FF", bytes: hex("ff"), wrongAt: 0),
        Invalid(kind: "two bytes cut off by ASCII", bytes: hex("c241"), wrongAt: 1),
        Invalid(kind: "three bytes cut off by ASCII", bytes: hex("e18041"), wrongAt: 2),
        Invalid(kind: "four bytes cut off by ASCII", bytes: hex("f1808041"), wrongAt: 3),
        Invalid(kind: "two bytes cut off by a lead byte", bytes: hex("c2c2a9"), wrongAt: 1),
        Invalid(kind: "a surrogate after text", bytes: Array("κόσμε".utf8) + hex("eda080656469746564"), wrongAt: 11),
        Invalid(
            kind: "a wrong byte far into ASCII", bytes: Array(repeating: 0x61, count: 40) + hex("80") + Array(repeating: 0x61, count: 40),
            wrongAt: 40),
    ]

    private static func judge(_ bytes: [UInt8], in pieces: [Range<Int>]) -> (accepted: [Bool], isComplete: Bool) {
        var validator = UTF8Validator()
        var accepted: [Bool] = []
        for piece in pieces {
            accepted.append(validator.append(Array(bytes[piece]).span.rawBytes))
            if accepted.last == false { break }
        }
        return (accepted, validator.isComplete)
    }

    @Test("valid text passes whole and however it is cut", arguments: valid)
    func validText(_ bytes: [UInt8]) {
        for pieces in Cut.all(bytes.count) {
            let (accepted, isComplete) = Self.judge(bytes, in: pieces)
            #expect(accepted.allSatisfy { $0 } && isComplete, "cut \(pieces)")
        }
    }

    @Test("each kind of invalid text fails with the piece that has the first wrong byte", arguments: invalid)
    func invalidText(_ example: Invalid) {
        for pieces in Cut.all(example.bytes.count) {
            let (accepted, _) = Self.judge(example.bytes, in: pieces)
            let failing = pieces.firstIndex { $0.contains(example.wrongAt) }
            #expect(accepted.firstIndex(of: false) == failing, "\(example.kind), cut \(pieces)")
        }
    }

    @Test(
        "what could still become text passes but is not complete",
        arguments: ["c2", "e0", "e0a0", "e180", "ed9f", "f090", "f48f", "f0908c", "61e2 82"])
    func incompleteText(_ text: String) {
        let bytes = hex(text)
        for pieces in Cut.all(bytes.count) {
            let (accepted, isComplete) = Self.judge(bytes, in: pieces)
            #expect(accepted.allSatisfy { $0 } && !isComplete)
        }
    }

    @Test("all sequences of boundary bytes are judged as the standard library judges them")
    func agreesWithTheStandardLibrary() {
        let boundary = hex("00 7f 80 8f 90 9f a0 bf c0 c1 c2 df e0 e1 ec ed ee ef f0 f1 f3 f4 f5 ff")
        var sequences = (UInt8.min...UInt8.max).map { [$0] }
        for first in boundary {
            for second in boundary {
                sequences.append([first, second])
                for third in boundary { sequences.append([first, second, third]) }
            }
        }
        for first in hex("ef f0 f1 f4 f5") {
            for second in hex("7f 80 8f 90 9f bf c0") {
                for third in boundary { for fourth in boundary { sequences.append([first, second, third, fourth]) } }
            }
        }
        var disagreements: [[UInt8]] = []
        for bytes in sequences {
            let expected = String(validating: bytes, as: UTF8.self) != nil
            let whole = Self.judge(bytes, in: [0..<bytes.count])
            let split = Self.judge(bytes, in: (0..<bytes.count).map { $0..<$0 + 1 })
            if (whole.accepted == [true] && whole.isComplete) != expected { disagreements.append(bytes) }
            if (!split.accepted.contains(false) && split.isComplete) != expected { disagreements.append(bytes) }
        }
        #expect(sequences.count > 30_000)
        #expect(disagreements.isEmpty)
    }

    @Test("random text cut at random passes, and fails once a byte of it is made wrong")
    func randomText() {
        let seed = UInt64.random(in: .min ... .max)
        print("UTF8ValidatorTests.randomText seed: \(seed)")
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let scalars = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x10FFFF, using: &generator) >> UInt32.random(in: 0...14, using: &generator)) ?? "x"
            }
            var bytes = Array(String(String.UnicodeScalarView(scalars)).utf8)
            let valid = Self.judge(bytes, in: Cut.random(bytes.count, using: &generator))
            #expect(!valid.accepted.contains(false) && valid.isComplete, "seed \(seed)")
            bytes[Int.random(in: 0..<bytes.count, using: &generator)] = 0xFF
            let invalid = Self.judge(bytes, in: Cut.random(bytes.count, using: &generator))
            #expect(invalid.accepted.last == false, "seed \(seed)")
        }
    }
}
