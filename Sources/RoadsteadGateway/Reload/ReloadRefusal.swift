/// Why a configuration was not taken.
public struct ReloadRefusal: Error, Sendable, Equatable {
    /// One sentence for each mistake, as at start: `FILE:LINE:COLUMN: message` where it has a place. Never empty.
    public let errors: [String]

    /// Names the mistakes.
    public init(errors: [String]) { self.errors = errors }
}
