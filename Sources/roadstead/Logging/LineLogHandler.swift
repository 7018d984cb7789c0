import Logging
import RoadsteadConfig

/// Writes each log line to standard error, whole, in the configured format.
struct LineLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    private let threshold: LogThreshold
    private let format: LogFormat
    /// What one logger was told apart from all others.
    private var ownLevel: Logger.Level?

    /// A handler with the format of a configuration, whose level is everybody's.
    init(_ threshold: LogThreshold, format: LogFormat) {
        self.threshold = threshold
        self.format = format
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
        switch format {
        case .logfmt: StandardStream.error.write(line.logfmt + "\n")
        case .json: StandardStream.error.write(line.json + "\n")
        }
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
