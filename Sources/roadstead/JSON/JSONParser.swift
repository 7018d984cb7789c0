/// Reads a JSON text (RFC 8259).
struct JSONParser {
    /// Deeper texts are refused, so that none can exhaust the stack.
    private static let maximumDepth = 64

    private let bytes: [UInt8]
    private var index = 0

    /// The value of a whole text; nil if it is not JSON.
    static func parse(_ text: some Sequence<UInt8>) -> JSONValue? {
        var parser = JSONParser(bytes: Array(text))
        guard let value = parser.value(depth: 0) else { return nil }
        parser.skipSpace()
        return parser.index == parser.bytes.count ? value : nil
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func value(depth: Int) -> JSONValue? {
        guard depth < Self.maximumDepth else { return nil }
        skipSpace()
        guard index < bytes.count else { return nil }
        switch bytes[index] {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return list(depth: depth)
        case UInt8(ascii: "\""): return string().map { .text($0) }
        case UInt8(ascii: "t"): return take("true") ? .boolean(true) : nil
        case UInt8(ascii: "f"): return take("false") ? .boolean(false) : nil
        case UInt8(ascii: "n"): return take("null") ? .null : nil
        case _: return number()
        }
    }

    private mutating func object(depth: Int) -> JSONValue? {
        var members: [JSONMember] = []
        index += 1
        if takeToken("}") { return .object([]) }
        repeat {
            skipSpace()
            guard let name = string(), takeToken(":"), let value = value(depth: depth + 1) else { return nil }
            members.append(JSONMember(name, value))
        } while takeToken(",")
        return takeToken("}") ? .object(members) : nil
    }

    private mutating func list(depth: Int) -> JSONValue? {
        var elements: [JSONValue] = []
        index += 1
        if takeToken("]") { return .list([]) }
        repeat {
            guard let element = value(depth: depth + 1) else { return nil }
            elements.append(element)
        } while takeToken(",")
        return takeToken("]") ? .list(elements) : nil
    }

    private mutating func string() -> String? {
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let scalar = escape() else { return nil }
                text += Array(String(scalar).utf8)
            case 0..<0x20: return nil
            case _: text.append(byte)
            }
        }
        return nil
    }

    /// What follows a backslash. Scalars beyond the basic plane come as two surrogates, each in an escape of its own.
    private mutating func escape() -> Unicode.Scalar? {
        guard index < bytes.count else { return nil }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            guard let first = fourDigits() else { return nil }
            guard (0xD800..<0xDC00).contains(first) else { return Unicode.Scalar(first) }
            guard take("\\u"), let second = fourDigits(), (0xDC00..<0xE000).contains(second) else { return nil }
            return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        case _: return nil
        }
    }

    private mutating func fourDigits() -> UInt32? {
        guard index + 4 <= bytes.count else { return nil }
        let digits = bytes[index..<index + 4]
        index += 4
        // UInt32 would take a sign as well.
        guard digits.first != UInt8(ascii: "+") else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private mutating func number() -> JSONValue? {
        let start = index
        _ = take("-")
        guard let whole = digits(), whole.count == 1 || whole.first != UInt8(ascii: "0") else { return nil }
        if take(".") { guard digits() != nil else { return nil } }
        if take("e") || take("E") {
            _ = take("+") || take("-")
            guard digits() != nil else { return nil }
        }
        return .number(String(decoding: bytes[start..<index], as: UTF8.self))
    }

    private mutating func digits() -> ArraySlice<UInt8>? {
        let digits = bytes[index...].prefix { (0x30...0x39).contains($0) }
        index = digits.endIndex
        return digits.isEmpty ? nil : digits
    }

    private mutating func skipSpace() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    private mutating func takeToken(_ token: StaticString) -> Bool {
        skipSpace()
        return take(token)
    }

    private mutating func take(_ token: StaticString) -> Bool {
        let expected = Array("\(token)".utf8)
        guard bytes[index...].starts(with: expected) else { return false }
        index += expected.count
        return true
    }
}
