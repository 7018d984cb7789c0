/// A request target in origin form, read byte by byte (RFC 9112 section 3.2.1).
///
/// Characters that browsers send in queries although RFC 3986 would have them encoded (`| { } ^ [ ]` and the like) pass; those that
/// no browser sends, `" < > #`, spaces, controls and what is not ASCII, do not. In the path, a percent sign begins two hexadecimal
/// digits, not 00; and there are no dot segments, encoded or not, because a route must match what the upstream will read.
struct RequestTarget: Sendable {
    private var bytes: [UInt8] = []
    private var isQuery = false

    var isEmpty: Bool { bytes.isEmpty }
    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func append(_ byte: UInt8) throws(HTTPHeadError) {
        guard byte != ASCII.lineFeed && byte != ASCII.carriageReturn else { throw bytes.isEmpty ? .unsupportedTargetForm : .invalidVersion }
        if bytes.isEmpty {
            guard byte == UInt8(ascii: "/") else { throw .unsupportedTargetForm }
        }
        switch byte {
        case 0x00...0x20, 0x7F...0xFF, UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "#"):
            throw .invalidTarget
        case UInt8(ascii: "\\") where !isQuery:
            // Some readers take it for a slash.
            throw .invalidTarget
        case UInt8(ascii: "?"):
            isQuery = true
        default:
            break
        }
        bytes.append(byte)
    }

    /// Checks the whole.
    func finish() throws(HTTPHeadError) {
        let path = bytes.prefix { $0 != UInt8(ascii: "?") }
        for segment in path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true) {
            let decoded = try Self.decode(segment)
            if decoded == [0x2E] || decoded == [0x2E, 0x2E] { throw .dotSegment }
        }
    }

    private static func decode(_ segment: ArraySlice<UInt8>) throws(HTTPHeadError) -> [UInt8] {
        var decoded: [UInt8] = []
        var rest = segment
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let first = rest.popFirst(), let second = rest.popFirst(), let high = ASCII.hexadecimalValue(first),
                let low = ASCII.hexadecimalValue(second), high | low != 0
            else { throw .invalidTarget }
            decoded.append(high << 4 | low)
        }
        return decoded
    }
}
