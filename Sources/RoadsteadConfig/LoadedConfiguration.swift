/// A configuration that passed every check, and what its author should know about it.
public struct LoadedConfiguration: Sendable, Equatable {
    /// The configuration.
    public let configuration: Configuration
    /// One sentence for each key that was set but has no effect yet, to be logged at start.
    public let warnings: [String]

    /// A configuration that needs no file, for programs and tests that make their own.
    public init(configuration: Configuration, warnings: [String] = []) {
        self.configuration = configuration
        self.warnings = warnings
    }
}
