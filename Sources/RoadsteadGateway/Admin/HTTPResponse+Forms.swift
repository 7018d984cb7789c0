import RoadsteadWire

extension HTTPResponse {
    /// Plain text.
    static func text(_ status: Int, _ text: String, type: String = "text/plain; charset=utf-8") -> HTTPResponse {
        HTTPResponse(status: status, headers: [HeaderField(name: "Content-Type", value: type)], body: Array(text.utf8))
    }

    /// A JSON document.
    static func json(_ status: Int, _ value: JSON) -> HTTPResponse { text(status, value.text + "\n", type: "application/json") }

    /// An error as RFC 9457 has it; `members` are the extensions of its section 3.2.
    static func problem(
        _ status: Int, _ detail: String, _ headers: [HeaderField] = [], members: [(String, JSON)] = []
    ) -> HTTPResponse {
        let body = JSON.object(
            [
                ("type", .string("about:blank")), ("title", .string(HTTPStatus.reason(status))), ("status", .integer(Int64(status))),
                ("detail", .string(detail)),
            ] + members)
        var response = text(status, body.text + "\n", type: "application/problem+json")
        for field in headers { response.headers.append(field) }
        return response
    }
}
