/// CRC-32C (Castagnoli; RFC 3720 section 12.1), by which a PROXY header shows that it came unchanged. It protects against accidents only.
enum CRC32C {
    /// The polynomial 0x1EDC6F41 with its bits mirrored, as the remainder's are.
    private static let polynomial: UInt32 = 0x82F6_3B78
    /// What each byte does to the remainder.
    private static let table: [UInt32] = (0..<256).map { remainder(ofByte: UInt32($0)) }

    /// The checksum of all the bytes.
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        var remainder = UInt32.max
        for byte in bytes {
            let index = Int(UInt8(truncatingIfNeeded: remainder) ^ byte)
            remainder = remainder >> 8 ^ table[index]
        }
        return ~remainder
    }

    private static func remainder(ofByte byte: UInt32) -> UInt32 {
        var remainder = byte
        for _ in 0..<8 {
            let isOdd = remainder & 1 == 1
            remainder >>= 1
            if isOdd { remainder ^= polynomial }
        }
        return remainder
    }
}
