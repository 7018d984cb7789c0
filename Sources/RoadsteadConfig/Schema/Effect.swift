/// Whether a key does something yet. One that does not is read and checked as if it did, and its user is told once.
struct Effect<Value: Sendable>: Sendable {
    /// What to know, for the reference page and the warning; nil when the key has its full effect.
    let note: String?
    /// Whether a value warns, given whether it was set explicitly and the default.
    let warns: @Sendable (_ value: Value, _ isSet: Bool, _ usual: Value) -> Bool

    /// The key does what its documentation says.
    static var full: Effect { Effect(note: nil) { _, _, _ in false } }

    /// Values for which `isLater` is true do nothing yet.
    static func later(_ consequence: String, when isLater: @escaping @Sendable (Value) -> Bool) -> Effect {
        Effect(note: consequence) { value, _, _ in isLater(value) }
    }

    private static func noEffect(_ consequence: String) -> String {
        consequence.isEmpty ? "no effect yet" : "no effect yet: \(consequence)"
    }
}

extension Effect where Value: Equatable {
    /// The key does nothing yet; any value but its default warns.
    static func later(_ consequence: String = "") -> Effect {
        Effect(note: noEffect(consequence)) { value, _, usual in value != usual }
    }
}
