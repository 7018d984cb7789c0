/// A key and its value as they were written.
struct SourceEntry: Sendable {
    /// The key.
    let key: String
    /// Where the key was written.
    let origin: Origin
    /// The value.
    var value: SourceNode
}
