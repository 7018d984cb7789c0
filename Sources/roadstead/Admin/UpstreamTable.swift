/// The answer to `GET /api/v1/upstreams` as a table, one row an endpoint.
enum UpstreamTable {
    /// The table's text.
    static func text(_ upstreams: [JSONValue]) -> String {
        var table = TextTable([
            .init(title: "UPSTREAM"), .init(title: "ENDPOINT"), .init(title: "STATE"), .init(title: "LAST CHECK"),
            .init(title: "SESSIONS", isNumber: true), .init(title: "WARM", isNumber: true), .init(title: "WAITING", isNumber: true),
            .init(title: "FAILURES", isNumber: true), .init(title: "EJECTIONS", isNumber: true),
        ])
        for upstream in upstreams {
            for endpoint in upstream["endpoints"]?.elements ?? [] {
                let cells = ["address", "state", "last_check", "sessions", "warm", "waiting", "failures", "ejections"].map { endpoint[$0] }
                table.append(([upstream["name"]] + cells).map { $0?.scalar ?? "" })
            }
        }
        return table.text
    }
}
