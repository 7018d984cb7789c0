/// An IP address written as digits, as its 4 or 16 bytes in network order.
struct IPLiteral: Equatable {
    /// The bytes of the address, in network order.
    let bytes: [UInt8]

    /// Reads `192.0.2.1` or `2001:db8::1` (RFC 4291, section 2.2); nil when it is neither. Zones (`%eth0`) are not taken.
    init?(_ text: some StringProtocol) {
        guard let bytes = text.contains(":") ? Self.version6(String(text)) : Self.version4(text) else { return nil }
        self.bytes = bytes
    }

    /// Whether packets to this address never leave the machine.
    var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes == [UInt8](repeating: 0, count: 15) + [1]
    }

    private static func version4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            // A leading zero is refused: some systems read such a part as octal.
            guard part.utf8.allSatisfy({ (48...57).contains($0) }), part.count == 1 || !part.hasPrefix("0"), let byte = UInt8(part) else {
                return nil
            }
            bytes.append(byte)
        }
        return bytes
    }

    private static func version6(_ text: String) -> [UInt8]? {
        var halves: [[UInt8]] = []
        var rest = text[...]
        // `::` stands once at most, for at least one group of zeros; so there are one or two halves.
        while let gap = firstGap(in: rest) {
            guard halves.isEmpty, let half = groups(rest[..<gap.lowerBound], mayEndInVersion4: false) else { return nil }
            halves.append(half)
            rest = rest[gap.upperBound...]
        }
        guard let last = groups(rest, mayEndInVersion4: true) else { return nil }
        guard let first = halves.first else { return last.count == 16 ? last : nil }
        let missing = 16 - first.count - last.count
        return missing >= 2 ? first + [UInt8](repeating: 0, count: missing) + last : nil
    }

    private static func firstGap(in text: Substring) -> Range<Substring.Index>? {
        for index in text.indices where text[index...].hasPrefix("::") {
            return index..<text.index(index, offsetBy: 2)
        }
        return nil
    }

    private static func groups(_ text: Substring, mayEndInVersion4: Bool) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for (position, part) in parts.enumerated() {
            if mayEndInVersion4, position == parts.count - 1, part.contains(".") {
                guard let tail = version4(part) else { return nil }
                bytes += tail
            } else {
                guard (1...4).contains(part.count), part.allSatisfy(\.isHexDigit), let group = UInt16(part, radix: 16) else { return nil }
                bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
            }
        }
        return bytes
    }
}
