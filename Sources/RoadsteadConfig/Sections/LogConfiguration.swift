/// What is written to standard error.
public struct LogConfiguration: Sendable, Equatable {
    /// The least severe level that is written.
    public var level = LogLevel.info
    /// How a line is written.
    public var format = LogFormat.logfmt

    /// The defaults.
    public init() {}
}

extension LogConfiguration: ConfigurationSection {
    static let fields: [Field<LogConfiguration>] = [
        Field(
            "level", \.level, .word, "The least severe level that is written.",
            change: "Lower it to `debug` to see why single peers fail; a reload is enough."),
        Field(
            "format", \.format, .word, "How a line is written: `logfmt` for people, `json` for machines.",
            change: "Use `json` when lines are collected and searched."),
    ]
}
