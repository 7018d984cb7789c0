/// What there is to say about a key, apart from the values it takes.
struct FieldDescription: Sendable {
    /// The key.
    let key: String
    /// What the key decides.
    let purpose: String
    /// When to change it.
    let advice: String
    /// Whether a section without the key is an error.
    let isRequired: Bool
    /// What to know while the key has no effect, or not for every value; nil when it has its full effect.
    let effectNote: String?
    /// What its value looks like.
    let shape: ValueShape
    /// The default as it would stand in the file; nil when the key is absent by default.
    let defaultText: String?
}
