import Testing

@testable import RoadsteadWire

@Suite("CRC-32C")
struct CRC32CTests {
    @Test(
        "the checksums are those of RFC 3720 appendix B.4 and of the polynomial's other test vectors",
        arguments: [
            ([], 0x0000_0000),
            ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
            ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
            (Array(0...31), 0x46DD_794E),
            (Array((0...31).reversed()), 0x113F_DB5C),
            (Array("123456789".utf8), 0xE306_9283),
            (Array(UInt8.min...UInt8.max), 0x9C44_184B),
            ([UInt8](repeating: 0x61, count: 4112), 0xDEE5_C36B),
        ] as [([UInt8], UInt32)])
    func checksum(bytes: [UInt8], expected: UInt32) {
        #expect(CRC32C.checksum(bytes) == expected)
    }
}
