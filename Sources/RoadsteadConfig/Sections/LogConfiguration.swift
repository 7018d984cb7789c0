/// What is written to standard error.
public struct LogConfiguration: Sendable, Equatable {
    /// The least severe level that is written.
    public var level = LogLevel.info
    /// How a line is written.
    public var format = LogFormat.logfmt

    /// The defaults.
    public init() {}
}
