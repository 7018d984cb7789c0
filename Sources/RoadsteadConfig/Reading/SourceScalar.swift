/// Text as it was written, with environment variables filled in.
struct SourceScalar: Sendable {
    /// The text.
    let text: String
    /// Whether quotes, and no environment variable, say that this is text even if it looks like a number.
    let isQuoted: Bool
}
