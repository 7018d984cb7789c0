/// The answer to `GET /api/v1/sessions` as a table.
enum SessionTable {
    /// The table's text; `showsEnds` adds how sessions closed.
    static func text(_ sessions: [JSONValue], showsEnds: Bool) -> String {
        var columns: [TextTable.Column] = [
            .init(title: "ID"), .init(title: "STATE"), .init(title: "ROUTE"), .init(title: "USER"), .init(title: "REMOTE"),
            .init(title: "TLS"), .init(title: "OPENED"), .init(title: "RTT", isNumber: true), .init(title: "IN", isNumber: true),
            .init(title: "OUT", isNumber: true), .init(title: "QUEUED", isNumber: true), .init(title: "UPSTREAM"),
        ]
        if showsEnds { columns += [.init(title: "CLOSED BY"), .init(title: "CAUSE"), .init(title: "CODE", isNumber: true)] }
        var table = TextTable(columns)
        for session in sessions {
            table.append(row(session) + (showsEnds ? end(session["close"]) : []))
        }
        return table.text
    }

    private static func row(_ session: JSONValue) -> [String] {
        [
            word(session["id"]), word(session["state"]), word(session["route"]), word(session["user"]), word(session["remote"]),
            word(session["tls"]?["version"]), word(session["opened"]), milliseconds(session["rtt_ms"]?["smoothed"]),
            traffic(session["received"]), traffic(session["sent"]), ByteCount.text(word(session["queued_bytes"])),
            word(session["upstream"]?["endpoint"]),
        ]
    }

    private static func end(_ close: JSONValue?) -> [String] {
        [word(close?["closed_by"]), word(close?["cause"]), word(close?["code"])]
    }

    private static func word(_ value: JSONValue?) -> String { value?.scalar ?? "" }

    private static func milliseconds(_ value: JSONValue?) -> String { value?.scalar.map { "\($0)ms" } ?? "" }

    /// Messages, and their bytes.
    private static func traffic(_ value: JSONValue?) -> String {
        guard let messages = value?["messages"]?.scalar else { return "" }
        return "\(messages)/\(ByteCount.text(word(value?["bytes"])))"
    }
}
