/// The `token` of RFC 9110, section 5.6.2: what names headers, cookies and subprotocols.
enum Token {
    /// Whether every character may stand in a token, and there is at least one.
    static func isValid(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isTokenByte)
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case _: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
