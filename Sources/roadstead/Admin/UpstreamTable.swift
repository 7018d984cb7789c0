/// The answer to `GET /api/v1/upstreams` as a table, one row an endpoint.
enum UpstreamTable {
    /// The table's text.
    static func text(_ upstreams: [JSONValue]) -> String {
        var table = TextTable([
            .init(title: "UPSTREAM"), .init(title: "ENDPOINT"), .init(title: "STATE"), .init(title: "LAST CHECK"),
            .init(title: "SESSIONS", isNumber: true), .init(title: "WARM", isNumber: true), .init(title: "LEASED", isNumber: true),
            .init(title: "FAILURES", isNumber: true),
        ])
        for upstream in upstreams {
            for endpoint in upstream["endpoints"]?.elements ?? [] {
                let connections = endpoint["connections"]
                table.append(
                    [
                        upstream["name"], endpoint["address"], endpoint["state"], endpoint["last_check"], endpoint["sessions"],
                        connections?["warm"], connections?["leased"], endpoint["failures"],
                    ].map { $0?.scalar ?? "" })
            }
        }
        return table.text
    }
}
