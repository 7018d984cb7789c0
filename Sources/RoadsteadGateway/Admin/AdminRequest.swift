import RoadsteadWire

/// One request to the admin listener, as its API needs it.
struct AdminRequest: Sendable {
    let method: String
    /// Without the query.
    let path: String
    let query: QueryItems
    let headers: HeaderFields

    init(_ head: RequestHead) {
        method = head.method
        path = head.path
        query = QueryItems(head.query ?? "")
        headers = head.headers
    }
}
