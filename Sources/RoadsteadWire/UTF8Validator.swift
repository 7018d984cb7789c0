/// Checks that a text message is UTF-8 as it arrives in pieces (RFC 6455 section 8.1, RFC 3629).
///
/// A piece may end within a scalar. Of such a scalar only what is still owed is kept: how many continuation bytes, and
/// within which bounds the next must lie. The first byte that cannot continue any valid text fails its piece, so a peer
/// learns of its mistake without first sending the rest.
public struct UTF8Validator: Sendable, Equatable {
    private var owed: UInt8 = 0
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    /// A validator at the start of a text.
    public init() {}

    /// Whether the text so far ends with a whole scalar. An empty text is complete.
    public var isComplete: Bool { owed == 0 }

    /// Takes the next piece.
    ///
    /// - Returns: false if no text can begin with the bytes so far. What later calls return then means nothing.
    public mutating func append(_ bytes: RawSpan) -> Bool {
        let count = bytes.byteCount
        let octets = bytes.octets
        var start = 0
        while owed > 0 && start < count {
            guard step(octets[start]) else { return false }
            start += 1
        }
        if Self.isASCII(bytes, from: start) { return true }
        let wholeEnd = Self.endOfWholeScalars(octets, from: start)
        guard (try? UTF8Span(validating: octets.extracting(start..<wholeEnd))) != nil else { return false }
        for index in wholeEnd..<count {
            guard step(octets[index]) else { return false }
        }
        return true
    }

    /// Takes one byte.
    ///
    /// - Returns: false if it cannot stand here.
    public mutating func append(_ byte: UInt8) -> Bool { step(byte) }

    /// Well-formed sequences by the table of RFC 3629 section 4: some lead bytes narrow what may follow them, which
    /// keeps out overlong forms, surrogates and what lies above U+10FFFF.
    private mutating func step(_ byte: UInt8) -> Bool {
        if owed > 0 {
            guard byte >= lowest && byte <= highest else { return false }
            owed -= 1
            lowest = 0x80
            highest = 0xBF
            return true
        }
        switch byte {
        case 0x00...0x7F: break
        case 0xC2...0xDF: owed = 1
        case 0xE0...0xEF:
            owed = 2
            if byte == 0xE0 { lowest = 0xA0 }
            if byte == 0xED { highest = 0x9F }
        case 0xF0...0xF4:
            owed = 3
            if byte == 0xF0 { lowest = 0x90 }
            if byte == 0xF4 { highest = 0x8F }
        default: return false
        }
        return true
    }

    private static func isASCII(_ bytes: RawSpan, from start: Int) -> Bool {
        let count = bytes.byteCount
        var offset = start
        while count - offset >= 16 {
            let first = bytes.integer(at: offset, as: UInt64.self)
            let second = bytes.integer(at: offset + 8, as: UInt64.self)
            guard (first | second) & 0x8080_8080_8080_8080 == 0 else { return false }
            offset += 16
        }
        let octets = bytes.octets
        while offset < count {
            guard octets[offset] < 0x80 else { return false }
            offset += 1
        }
        return true
    }

    /// Where a scalar begins that the piece may cut off: at most three bytes from its end. All before it can be checked in bulk.
    private static func endOfWholeScalars(_ octets: Span<UInt8>, from start: Int) -> Int {
        let count = octets.count
        var index = count - 1
        while index >= start && count - index <= 3 {
            let byte = octets[index]
            if byte >= 0xC0 {
                let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
                return length > count - index ? index : count
            }
            if byte < 0x80 { return count }
            index -= 1
        }
        return count
    }
}
