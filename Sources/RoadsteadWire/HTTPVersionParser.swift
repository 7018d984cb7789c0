/// Reads `HTTP/1.x` byte by byte (RFC 9112 section 2.3).
struct HTTPVersionParser: Sendable {
    private static let prefix = Array("HTTP/".utf8)

    private var position = 0
    /// The digit after the dot.
    private(set) var minor = 0

    /// Takes one byte; `isLast` says that it is what ends the version, no part of it.
    ///
    /// - Returns: `isLast`, if the version was whole before it.
    mutating func append(_ byte: UInt8, isLast: Bool) throws(HTTPHeadError) -> Bool {
        if isLast {
            guard position == 8 else { throw .invalidVersion }
            return true
        }
        switch position {
        case 0...4:
            guard byte == Self.prefix[position] else { throw byte == ASCII.lineFeed ? .bareLineBreak : .invalidVersion }
        case 5:
            guard ASCII.isDigit(byte) else { throw .invalidVersion }
            guard byte == UInt8(ascii: "1") else { throw .unsupportedVersion }
        case 6:
            guard byte == UInt8(ascii: ".") else { throw .invalidVersion }
        case 7:
            guard ASCII.isDigit(byte) else { throw .invalidVersion }
            minor = Int(byte - 0x30)
        default:
            throw byte == ASCII.lineFeed ? .bareLineBreak : .invalidVersion
        }
        position += 1
        return false
    }
}
