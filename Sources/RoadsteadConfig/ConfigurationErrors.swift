/// Everything that is wrong with a configuration, in the order of the file.
public struct ConfigurationErrors: Error, Sendable, Equatable {
    /// The errors; never empty.
    public let errors: [ConfigurationError]
}

extension ConfigurationErrors: CustomStringConvertible {
    /// One error a line.
    public var description: String { errors.map(\.description).joined(separator: "\n") }
}
