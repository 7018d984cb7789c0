/// A configuration on its way to text.
indirect enum YAMLTree: Sendable, Equatable {
    /// Text that is written as it is: a number, `true`, a duration.
    case plain(String)
    /// Text that is quoted where YAML would take it for something else; the note becomes a comment.
    case text(String, note: String? = nil)
    /// A list.
    case list([YAMLTree])
    /// A section.
    case mapping([YAMLEntry])

    /// The value on one line, if it is no section and has none in it.
    var inline: String? {
        switch self {
        case .plain(let text): return text
        case .text(let text, _): return Self.quoted(text)
        case .list(let elements):
            let texts = elements.compactMap(\.inline)
            return texts.count == elements.count ? "[\(texts.joined(separator: ", "))]" : nil
        case .mapping: return nil
        }
    }

    /// Text as a YAML scalar that is read back as the same text.
    private static func quoted(_ text: String) -> String {
        let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"]
        let isPlain =
            text.utf8.allSatisfy {
                Token.isValid(String(UnicodeScalar($0))) && !"!#$%&'*+^`|~".utf8.contains($0) || $0 == UInt8(ascii: "/")
            }
            && text.first?.isLetter == true && !words.contains(text.lowercased())
        guard !isPlain else { return text }
        let escaped = text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "$": result += "$$"
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + String(repeating: "0", count: 2 - digits.count) + digits
            case _: result.unicodeScalars.append(scalar)
            }
        }
        return "\"\(escaped)\""
    }
}
