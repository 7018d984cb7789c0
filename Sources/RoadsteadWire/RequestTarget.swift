/// A request target in origin or absolute form, read byte by byte (RFC 9112 sections 3.2.1 and 3.2.2).
///
/// ```
///  start --/--> path --?--> query          start -> scheme -> authority -> path, query
/// ```
/// An absolute target is taken apart: what is after the authority is the target, and the authority stands for the Host field.
/// Characters that browsers send in queries although RFC 3986 would have them encoded (`| { } ^ [ ]` and the like) pass; those that
/// no browser sends, `" < > #`, spaces, controls and what is not ASCII, do not. In the path, a percent sign begins two hexadecimal
/// digits, not 00; and there are no dot segments, encoded or not, because a route must match what the upstream will read.
struct RequestTarget: Sendable {
    private enum Part {
        /// Nothing was read. Can become: scheme, path.
        case start
        /// In the scheme and the `://` of an absolute target. Can become: authority.
        case scheme
        /// In an absolute target's host and port. Can become: path, query.
        case authority
        /// In the path. Can become: query.
        case path
        /// Behind the question mark.
        case query
    }

    private static let schemes = ["http://", "https://", "ws://", "wss://"].map { Array($0.utf8) }

    private var part = Part.start
    private var scheme: [UInt8] = []
    private var host: [UInt8] = []
    private var bytes: [UInt8] = []

    var isEmpty: Bool {
        switch part {
        case .start: true
        case .scheme, .authority, .path, .query: false
        }
    }

    /// The target in origin form.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The host and port of an absolute target; nil if it came in origin form.
    var authority: String? { host.isEmpty ? nil : String(decoding: host, as: UTF8.self) }

    mutating func append(_ byte: UInt8) throws(HTTPHeadError) {
        guard byte != ASCII.lineFeed && byte != ASCII.carriageReturn else { throw isEmpty ? .unsupportedTargetForm : .invalidVersion }
        switch part {
        case .start, .scheme:
            return try appendToScheme(byte)
        case .authority, .path, .query:
            try appendBehindScheme(byte)
        }
    }

    private mutating func appendToScheme(_ byte: UInt8) throws(HTTPHeadError) {
        if scheme.isEmpty && byte == UInt8(ascii: "/") {
            part = .path
            bytes.append(byte)
            return
        }
        // Schemes are compared without regard to case (RFC 9110 section 4.2.3).
        scheme.append(ASCII.lowercase(byte))
        guard Self.schemes.contains(where: { $0.starts(with: scheme) }) else { throw .unsupportedTargetForm }
        part = Self.schemes.contains(scheme) ? .authority : .scheme
    }

    private mutating func appendBehindScheme(_ byte: UInt8) throws(HTTPHeadError) {
        let isQuery = part == .query
        switch byte {
        case 0x00...0x20, 0x7F...0xFF, UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "#"):
            throw .invalidTarget
        case UInt8(ascii: "\\") where !isQuery:
            // Some readers take it for a slash.
            throw .invalidTarget
        case UInt8(ascii: "?"):
            // An empty path is the same as a slash (RFC 9110 section 4.2.3).
            if bytes.isEmpty { bytes.append(UInt8(ascii: "/")) }
            part = .query
        case UInt8(ascii: "/") where part == .authority:
            part = .path
        default:
            break
        }
        if part == .authority { host.append(byte) } else { bytes.append(byte) }
    }

    /// Checks the whole.
    mutating func finish() throws(HTTPHeadError) {
        guard part != .scheme else { throw .unsupportedTargetForm }
        if !scheme.isEmpty {
            // Userinfo is refused with the rest of what is no host: it is how addresses are made to look like others (RFC 9110 section 4.2.4).
            guard HostField.isValid(String(decoding: host, as: UTF8.self)) else { throw .invalidTarget }
            if bytes.isEmpty { bytes.append(UInt8(ascii: "/")) }
        }
        let path = try Self.decode(bytes.prefix { $0 != UInt8(ascii: "?") })
        // A backslash is a slash to some readers, and a semicolon begins what others leave out.
        for segment in path.split(whereSeparator: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }) {
            let name = segment.prefix { $0 != UInt8(ascii: ";") }
            if name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) { throw .dotSegment }
        }
    }

    /// A checked path, decoded, with slashes that follow each other as one.
    static func read(_ path: String) -> String {
        let slashes = zip(path.utf8, path.utf8.dropFirst()).contains { $0 == UInt8(ascii: "/") && $0 == $1 }
        guard slashes || path.utf8.contains(UInt8(ascii: "%")), let decoded = try? decode(Array(path.utf8)[...]) else { return path }
        var read: [UInt8] = []
        for byte in decoded where byte != UInt8(ascii: "/") || read.last != byte { read.append(byte) }
        return String(decoding: read, as: UTF8.self)
    }

    private static func decode(_ text: ArraySlice<UInt8>) throws(HTTPHeadError) -> [UInt8] {
        var decoded: [UInt8] = []
        var rest = text
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
