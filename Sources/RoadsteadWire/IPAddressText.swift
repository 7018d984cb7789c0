/// Whether a text is an IP address in digits, as strictly as `inet_pton` takes it: no brackets, no port, no scope.
enum IPAddressText {
    /// Four decimal numbers of 0 to 255, without leading zeros.
    static func isIPv4(_ text: ArraySlice<UInt8>) -> Bool {
        let numbers = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers.allSatisfy(isOctet)
    }

    /// Eight groups, of which `::` may stand once for one or more that are zero (RFC 4291 section 2.2).
    static func isIPv6(_ text: ArraySlice<UInt8>) -> Bool {
        guard let gap = text.indices.dropLast().first(where: { text[$0] == ASCII.colon && text[$0 + 1] == ASCII.colon }) else {
            return groupCount(text, isEnd: true) == 8
        }
        guard let before = groupCount(text[..<gap], isEnd: false), let after = groupCount(text[(gap + 2)...], isEnd: true) else {
            return false
        }
        return before + after < 8
    }

    /// How many groups there are between single colons; nil if one is none. An IPv4 address at the end is two.
    private static func groupCount(_ text: ArraySlice<UInt8>, isEnd: Bool) -> Int? {
        guard !text.isEmpty else { return 0 }
        var groups = text.split(separator: ASCII.colon, omittingEmptySubsequences: false)
        var count = groups.count
        if isEnd, let last = groups.last, isIPv4(last) {
            groups.removeLast()
            count += 1
        }
        return groups.allSatisfy(isGroup) ? count : nil
    }

    private static func isOctet(_ digits: ArraySlice<UInt8>) -> Bool {
        guard (1...3).contains(digits.count), digits.allSatisfy(ASCII.isDigit) else { return false }
        guard digits.count == 1 || digits.first != UInt8(ascii: "0") else { return false }
        return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } <= 255
    }

    private static func isGroup(_ digits: ArraySlice<UInt8>) -> Bool {
        (1...4).contains(digits.count) && digits.allSatisfy { ASCII.hexadecimalValue($0) != nil }
    }
}
