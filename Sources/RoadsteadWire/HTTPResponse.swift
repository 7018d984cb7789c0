/// A whole HTTP/1.1 response.
public struct HTTPResponse: Sendable, Equatable {
    /// The status code.
    public var status: Int
    /// Header fields, without Content-Length.
    public var headers: HeaderFields
    /// The body.
    public var body: [UInt8]

    /// A response with these parts.
    public init(status: Int, headers: HeaderFields = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A response with a text body.
    public init(status: Int, headers: HeaderFields = [], text: String, contentType: String = "text/plain; charset=utf-8") {
        self.init(status: status, headers: headers, body: Array(text.utf8))
        self.headers.removeAll("Content-Type")
        self.headers.append("Content-Type", contentType)
    }

    /// The bytes to send. Content-Length is always there but for 1xx, 204 and 304, which have no body (RFC 9110 section 8.6).
    ///
    /// - Parameter includesBody: false answers a HEAD request: the same head, no body.
    public func serialized(includesBody: Bool = true) -> [UInt8] {
        var writer = HeadWriter()
        writer.line("HTTP/1.1 \(status) \(HTTPStatus.reason(status))")
        writer.fields(headers.lazy.filter { !ASCII.equalIgnoringCase($0.name, "Content-Length") })
        let hasBody = status >= 200 && status != 204 && status != 304
        if hasBody { writer.field("Content-Length", String(body.count)) }
        writer.endLine()
        if hasBody && includesBody { writer.body(body) }
        return writer.bytes
    }
}
