/// A key, what is known about it, and its value, on their way to text.
struct YAMLEntry: Sendable, Equatable {
    /// The key and its documentation.
    let field: FieldDescription
    /// The value.
    let value: YAMLTree

    static func == (first: YAMLEntry, second: YAMLEntry) -> Bool {
        first.field.key == second.field.key && first.value == second.value
    }
}
