/// A JSON text (RFC 8259) as a value. Members keep their order, and numbers their digits.
indirect enum JSONValue: Equatable, Sendable {
    /// `null`.
    case null
    /// `true` or `false`.
    case boolean(Bool)
    /// A number, as it is written.
    case number(String)
    /// A string, without its escapes.
    case text(String)
    /// An array.
    case list([JSONValue])
    /// An object.
    case object([JSONMember])

    /// The value of an object's first member of this name; nil for anything else.
    subscript(_ name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The elements of an array; none for anything else.
    var elements: [JSONValue] {
        guard case .list(let elements) = self else { return [] }
        return elements
    }

    /// A string's characters, a number's digits or the word for a boolean; nil for null, arrays and objects.
    var scalar: String? {
        switch self {
        case .boolean(let value): value ? "true" : "false"
        case .number(let digits): digits
        case .text(let text): text
        case .null, .list, .object: nil
        }
    }
}
