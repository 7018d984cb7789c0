/// How a log line is written.
public enum LogFormat: String, Sendable, Equatable, CaseIterable {
    /// `key=value` pairs, for people.
    case logfmt
    /// One JSON object a line, for machines.
    case json
}
