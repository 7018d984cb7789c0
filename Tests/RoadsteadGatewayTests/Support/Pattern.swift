/// Payloads in which a lost, doubled or moved piece shows.
enum Pattern {
    private static let block: [UInt8] = (0..<65_521).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8) }
    private static let words = String(repeating: "größe 🚢 ", count: 4096)

    /// Bytes whose period is prime.
    static func bytes(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        while bytes.count < count { bytes += block.prefix(count - bytes.count) }
        return bytes
    }

    /// Text of at most so many bytes, with characters of one to four bytes.
    static func text(_ count: Int) -> String {
        var bytes: [UInt8] = []
        while bytes.count < count { bytes += Array(words.utf8).prefix(count - bytes.count) }
        // A character that was cut off is left out.
        while !bytes.isEmpty, String(validating: bytes, as: UTF8.self) == nil { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
