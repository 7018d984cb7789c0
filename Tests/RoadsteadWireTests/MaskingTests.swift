import RoadsteadWire
import Testing

@Suite("Masking")
struct MaskingTests {
    static let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
    static let keyWord: UInt32 = 0x3D21_FA37

    @Test("every length, phase and alignment masks like the byte-by-byte rule of RFC 6455 section 5.3", arguments: 0..<4)
    func matchesTheRule(phase: Int) {
        for count in 0...67 {
            for start in 0..<9 {
                let original = (0..<start + count + 5).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
                var expected = original
                for index in 0..<count { expected[start + index] ^= Self.key[(phase + index) % 4] }
                var masked = original
                withMutableBytes(&masked) { Masking.apply(key: Self.keyWord, phase: phase, to: &$0, in: start..<start + count) }
                #expect(masked == expected, "\(count) bytes from \(start)")
            }
        }
    }

    @Test("a payload masked in two parts is the same as in one, wherever it is cut", arguments: 0...40)
    func maskedInParts(cut: Int) {
        let original = Array(UInt8(0)..<40)
        var whole = original
        withMutableBytes(&whole) { Masking.apply(key: Self.keyWord, phase: 0, to: &$0, in: 0..<40) }
        var parts = original
        withMutableBytes(&parts) {
            Masking.apply(key: Self.keyWord, phase: 0, to: &$0, in: 0..<cut)
            Masking.apply(key: Self.keyWord, phase: cut, to: &$0, in: cut..<40)
        }
        #expect(parts == whole)
        withMutableBytes(&parts) { Masking.apply(key: Self.keyWord, phase: 0, to: &$0, in: 0..<40) }
        #expect(parts == original, "masking twice changes nothing")
    }
}
