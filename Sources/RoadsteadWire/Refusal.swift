/// Why a request was not served, as the client is told.
public struct Refusal: Error, Equatable, Sendable {
    /// The HTTP status.
    public var status: Int
    /// What was wrong or is missing, in one line.
    public var explanation: String
    /// Further header fields, such as `Allow` or `Retry-After`.
    public var headers: [HeaderField]

    /// A refusal with these parts.
    public init(status: Int, explanation: String, headers: [HeaderField] = []) {
        self.status = status
        self.explanation = explanation
        self.headers = headers
    }

    /// The refusal of a head that could not be read.
    public init(_ error: HTTPHeadError) {
        self.init(status: error.status, explanation: error.explanation)
    }

    /// The whole response: the body is one line, `STATUS REASON: explanation`, and the connection closes after it.
    public var response: HTTPResponse {
        var fields = HeaderFields(headers)
        // A 426 already has the Connection option that goes with its Upgrade field; close joins it.
        let options = fields.listElements("Connection").filter { !ASCII.equalIgnoringCase($0, "close") }
        fields.removeAll("Connection")
        fields.append("Connection", (options + ["close"]).joined(separator: ", "))
        return HTTPResponse(status: status, headers: fields, text: "\(status) \(HTTPStatus.reason(status)): \(explanation)\n")
    }
}
