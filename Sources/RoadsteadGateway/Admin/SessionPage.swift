import RoadsteadWire

/// What `GET /api/v1/sessions` was asked for.
struct SessionPage {
    /// What is wrong with a parameter.
    struct Problem: Error {
        let words: String
    }

    var query = SessionQuery()
    var limit = 100
    var offset = 0

    /// Reads the parameters; unknown ones are refused, so that a misspelt filter does not list everything.
    static func parse(_ items: QueryItems) -> Result<SessionPage, Problem> {
        var page = SessionPage()
        for item in items.items {
            let (name, value) = (item.name, item.value)
            switch name {
            case "state":
                guard let state = SessionQuery.State(rawValue: value) else { return expected(name, "open, closed or all", value) }
                page.query.state = state
            case "route": page.query.route = value
            case "user": page.query.user = value
            case "address": page.query.address = value
            case "upstream": page.query.upstream = value
            case "sort":
                guard let sort = SessionQuery.Sort(rawValue: value) else {
                    return expected(name, "opened, rtt, queued, bytes or idle", value)
                }
                page.query.sort = sort
            case "order":
                guard value == "asc" || value == "desc" else { return expected(name, "asc or desc", value) }
                page.query.isDescending = value == "desc"
            case "limit":
                guard let limit = Int(value), (1...10_000).contains(limit) else { return expected(name, "1 to 10000", value) }
                page.limit = limit
            case "cursor":
                guard let offset = Int(value), (0...10_000_000).contains(offset) else {
                    return expected(name, "a `next` of an earlier page", value)
                }
                page.offset = offset
            case _:
                return .failure(Problem(words: "unknown parameter \(name)"))
            }
        }
        return .success(page)
    }

    private static func expected(_ name: String, _ what: String, _ found: String) -> Result<SessionPage, Problem> {
        .failure(Problem(words: "\(name): expected \(what), found \"\(found)\""))
    }
}
