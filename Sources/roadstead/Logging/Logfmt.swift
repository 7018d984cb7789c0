/// The text of logfmt: pairs of a key and a value, both without spaces, or the value in quotes.
enum Logfmt {
    /// Appends a space and `key=value`; an object gives one pair for each of its members, as `key.member=value`.
    static func append(_ value: JSONValue, key: String, to text: inout String) {
        switch value {
        case .object(let members):
            for member in members { append(member.value, key: "\(key).\(member.name)", to: &text) }
        case .list:
            text += " \(Self.key(key))=\(Self.value(value.line))"
        case .null, .boolean, .number, .text:
            text += " \(Self.key(key))=\(Self.value(value.scalar ?? "null"))"
        }
    }

    /// A value as it is where it can stand bare, else in quotes.
    static func value(_ text: String) -> String {
        let isBare = !text.isEmpty && text.unicodeScalars.allSatisfy { isBareScalar($0) }
        return isBare ? text : quoted(text)
    }

    /// A value in quotes: quotes, backslashes and whatever could end a line, steer a terminal or show as something else are escaped.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.needsEscape: quoted += scalar.escape
            case _: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    /// A key with what cannot stand in one made underscores.
    static func key(_ text: String) -> String {
        guard !text.isEmpty else { return "_" }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isBareScalar($0) ? $0 : "_" }))
    }

    private static func isBareScalar(_ scalar: Unicode.Scalar) -> Bool {
        scalar != " " && scalar != "=" && scalar != "\"" && scalar != "\\" && !scalar.properties.isWhitespace && !scalar.needsEscape
    }
}
