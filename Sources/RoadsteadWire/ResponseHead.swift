/// The head of an HTTP response: its status line and header fields (RFC 9112 section 4).
public struct ResponseHead: Sendable, Equatable {
    /// The status code: 100 to 999; a parsed head has 101, or 200 and up.
    public var status: Int
    /// The words after it; may be empty, and mean nothing to a program.
    public var reason: String
    /// The header fields.
    public var headers: HeaderFields

    /// A head with these parts.
    public init(status: Int, reason: String = "", headers: HeaderFields = []) {
        self.status = status
        self.reason = reason
        self.headers = headers
    }

    /// Whether another response follows to the same request (RFC 9110 section 15.2). After 101 there is no more HTTP.
    var isInterim: Bool { (100..<200).contains(status) && status != 101 }
}
