/// A value as it was written, before anything is known about what it should be.
struct SourceNode: Sendable {
    /// What was written.
    enum Content: Sendable {
        /// Nothing, `~` or `null`.
        case empty
        /// Text.
        case scalar(SourceScalar)
        /// A list.
        case list([SourceNode])
        /// A mapping; each key stands in it once.
        case mapping([SourceEntry])
        /// Something that has been reported already.
        case faulty
    }

    /// What was written.
    var content: Content
    /// Where it was written.
    let origin: Origin

    /// What was written, in words for a message.
    var found: String {
        switch content {
        case .empty: "nothing"
        case .scalar(let scalar): "\"\(scalar.text)\""
        case .list: "a list"
        case .mapping: "a mapping"
        case .faulty: "a mistake"
        }
    }
}
