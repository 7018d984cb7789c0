import RoadsteadConfig
import RoadsteadGateway

/// One line of the log, before it is text.
struct LogLine: Equatable {
    /// Milliseconds since 1970.
    var milliseconds: Int64
    /// The level's name.
    var level: String
    /// What happened; static words.
    var message: String
    /// What it happened to, in order.
    var fields: [JSONMember]

    /// The names that every line has; a field of the same name gets an underscore, so that no line has a name twice.
    private static let reserved = ["time", "level", "msg"]

    /// The text in this format, with the line break.
    func text(_ format: LogFormat) -> String {
        switch format {
        case .logfmt: logfmt + "\n"
        case .json: json + "\n"
        }
    }

    /// `time=… level=… msg="…" key=value`, without the line break.
    var logfmt: String {
        var text = "time=\(Timestamp.text(milliseconds: milliseconds)) level=\(level) msg=\(Logfmt.quoted(message))"
        for field in fields { Logfmt.append(field.value, key: Self.free(field.name), to: &text) }
        return text
    }

    /// One JSON object with the same names, without the line break.
    var json: String {
        let head = [
            JSONMember("time", .text(Timestamp.text(milliseconds: milliseconds))), JSONMember("level", .text(level)),
            JSONMember("msg", .text(message)),
        ]
        return JSONValue.object(head + fields.map { JSONMember(Self.free($0.name), $0.value) }).line
    }

    private static func free(_ name: String) -> String { reserved.contains(name) ? name + "_" : name }
}
