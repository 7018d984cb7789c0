/// One thing that is wrong with a configuration: what was found, what was expected, and what to do.
public struct ConfigurationError: Error, Sendable, Equatable {
    /// The file, or the environment variable or flag, that has the mistake.
    public let file: String
    /// The line, from 1; 0 when the mistake is not in a file.
    public let line: Int
    /// The column in Unicode scalars, from 1; 0 when the mistake is not in a file.
    public let column: Int
    /// The words, on one line.
    public let message: String
}

extension ConfigurationError: CustomStringConvertible {
    /// `FILE:LINE:COLUMN: message`.
    public var description: String {
        line > 0 ? "\(file):\(line):\(column): \(message)" : "\(file): \(message)"
    }
}
