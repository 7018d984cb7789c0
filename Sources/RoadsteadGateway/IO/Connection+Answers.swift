import RoadsteadWire

extension Connection {
    /// Queues a whole response, with what all of ours have in common: the time (RFC 9110 section 6.6.1), and that nobody may guess another
    /// type for a text than the one that is told.
    ///
    /// - Parameter method: what was asked with, if that could be read: HEAD gets the same head and no body (RFC 9110 section 9.3.2).
    func send(_ response: HTTPResponse, answering method: String?) {
        var response = response
        response.headers.append("Date", Timestamp.httpDate(WallTime.now / 1_000_000_000))
        response.headers.append("X-Content-Type-Options", "nosniff")
        send(response.serialized(includesBody: method != "HEAD"))
    }
}
