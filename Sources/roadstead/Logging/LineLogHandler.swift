import Logging
import RoadsteadConfig

/// Makes a line of each event and gives it to the log's writer.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let threshold: LogThreshold
    private let writer: LogWriter
    /// What one logger was told apart from all others.
    private var ownLevel: Logger.Level?

    /// A handler whose level and writer are everybody's.
    init(_ threshold: LogThreshold, writer: LogWriter) {
        self.threshold = threshold
        self.writer = writer
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? threshold.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var fields = metadata
        if let provided = metadataProvider?.get() { fields.merge(provided) { _, newer in newer } }
        if let own = event.metadata { fields.merge(own) { _, newer in newer } }
        if let error = event.error { fields["error"] = .string("\(error)") }
        let line = LogLine(
            milliseconds: WallClock.milliseconds, level: event.level.rawValue, message: event.message.description,
            fields: JSONValue.members(fields))
        writer.write(line)
    }
}

extension Logger.Level {
    /// The level of the same name.
    init(_ level: LogLevel) {
        switch level {
        case .trace: self = .trace
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        case .critical: self = .critical
        }
    }
}
