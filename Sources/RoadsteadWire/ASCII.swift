/// Character classes and comparisons of HTTP's grammar (RFC 9110 section 5.6).
enum ASCII {
    static let tab = UInt8(ascii: "\t")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let colon = UInt8(ascii: ":")

    /// One bit for each of the token characters below 128.
    private static let tokenBits: (low: UInt64, high: UInt64) = {
        var bits: (low: UInt64, high: UInt64) = (0, 0)
        for byte in "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8 {
            if byte < 64 { bits.low |= 1 << UInt64(byte) } else { bits.high |= 1 << UInt64(byte - 64) }
        }
        return bits
    }()

    /// A `tchar`: what methods, field names and list tokens are made of.
    static func isToken(_ byte: UInt8) -> Bool {
        guard byte < 128 else { return false }
        return byte < 64 ? tokenBits.low >> UInt64(byte) & 1 == 1 : tokenBits.high >> UInt64(byte - 64) & 1 == 1
    }

    /// Whether `text` is one or more token characters.
    static func isToken(_ text: some StringProtocol) -> Bool { !text.isEmpty && text.utf8.allSatisfy { isToken($0) } }

    static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    static func isLetter(_ byte: UInt8) -> Bool { byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A }

    /// A control character, DEL among them. HTAB counts as one.
    static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

    static func isWhitespace(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    /// The value of a hexadecimal digit.
    static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    static func lowercase(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }

    /// `text` with A to Z made small; all else stays, unlike with Unicode's rules.
    static func lowercase(_ text: String) -> String { String(decoding: text.utf8.map(lowercase), as: UTF8.self) }

    static func equalIgnoringCase(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).allSatisfy { lowercase($0) == lowercase($1) }
    }

    static func hasPrefixIgnoringCase(_ text: String, _ prefix: String) -> Bool {
        text.utf8.count >= prefix.utf8.count && zip(text.utf8, prefix.utf8).allSatisfy { lowercase($0) == lowercase($1) }
    }

    /// `text` without the spaces and tabs around it.
    static func trimmed(_ text: Substring.UTF8View) -> String {
        var rest = text
        while let first = rest.first, isWhitespace(first) { rest = rest.dropFirst() }
        while let last = rest.last, isWhitespace(last) { rest = rest.dropLast() }
        return String(Substring(rest))
    }

    /// The elements of a comma-separated list; see `HeaderFields.listElements`.
    static func listElements(_ value: String) -> [String] {
        var elements: [String] = []
        let bytes = value.utf8
        var start = bytes.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in bytes.indices {
            let byte = bytes[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted && byte == UInt8(ascii: "\\") {
                isEscaped = true
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
            } else if byte == UInt8(ascii: ",") && !isQuoted {
                elements.append(trimmed(Substring(value[start..<index]).utf8))
                start = bytes.index(after: index)
            }
        }
        elements.append(trimmed(Substring(value[start...]).utf8))
        return elements.filter { !$0.isEmpty }
    }
}
