/// A name and its value in a JSON object.
struct JSONMember: Equatable, Sendable {
    /// The name.
    var name: String
    /// The value.
    var value: JSONValue

    /// A member.
    init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}
