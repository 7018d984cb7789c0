/// The grammar of the Host field (RFC 9110 section 7.2), narrowed to what names and addresses of hosts are made of.
enum HostField {
    /// Whether `value` is a host name, an IPv4 address or a bracketed IPv6 address, with an optional port.
    static func isValid(_ value: String) -> Bool {
        let bytes = Array(value.utf8)
        let hostEnd: Int
        if bytes.first == UInt8(ascii: "[") {
            guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")), isIPv6(bytes[1..<bracket]) else { return false }
            hostEnd = bracket + 1
        } else {
            hostEnd = bytes.firstIndex(of: ASCII.colon) ?? bytes.count
            guard hostEnd > 0, bytes[..<hostEnd].allSatisfy(isNameByte) else { return false }
        }
        guard hostEnd < bytes.count else { return true }
        return bytes[hostEnd] == ASCII.colon && isPort(bytes[(hostEnd + 1)...])
    }

    /// Letters, digits and `-._~`. Internationalised names come in ASCII form; nothing else is used for hosts in practice.
    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: ASCII.isDigit(byte) || ASCII.isLetter(byte)
        }
    }

    private static func isIPv6(_ bytes: ArraySlice<UInt8>) -> Bool {
        let colons = bytes.count { $0 == ASCII.colon }
        return (2...45).contains(bytes.count) && (2...7).contains(colons)
            && bytes.allSatisfy { ASCII.hexadecimalValue($0) != nil || $0 == ASCII.colon || $0 == UInt8(ascii: ".") }
    }

    /// The grammar allows an empty port.
    private static func isPort(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard bytes.count <= 5, bytes.allSatisfy(ASCII.isDigit) else { return false }
        return bytes.reduce(0) { $0 * 10 + Int($1 - 0x30) } <= 65535
    }
}
