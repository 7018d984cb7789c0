/// How long an HTTP message's body is. Two readers that disagree about this are how requests are smuggled, so
/// whatever leaves room for doubt is refused (RFC 9112 sections 6 and 11.2).
public enum MessageFraming: Sendable, Equatable {
    /// No Content-Length and no Transfer-Encoding.
    case none
    /// Content-Length.
    case length(Int)
    /// Transfer-Encoding: chunked.
    case chunked

    /// Reads the framing from a message's fields.
    init(_ headers: HeaderFields, versionMinor: Int) throws(HTTPHeadError) {
        let lengths = headers.all("Content-Length")
        let codings = headers.all("Transfer-Encoding")
        guard lengths.isEmpty || codings.isEmpty else { throw .conflictingLengths }
        guard lengths.count <= 1 else { throw .duplicateContentLength }
        if let text = lengths.first {
            // Int would take a sign as well.
            guard !text.isEmpty, text.utf8.allSatisfy(ASCII.isDigit), let length = Int(text) else { throw .invalidContentLength }
            self = .length(length)
        } else if codings.isEmpty {
            self = .none
        } else {
            let elements = headers.listElements("Transfer-Encoding").map { ASCII.lowercase($0) }
            guard versionMinor >= 1, elements.last == "chunked", elements.dropLast().allSatisfy({ $0 != "chunked" }) else {
                throw .invalidTransferEncoding
            }
            guard elements.count == 1, codings.count == 1 else { throw .unsupportedTransferEncoding }
            self = .chunked
        }
    }
}

extension RequestHead {
    /// How long the body is. A parsed head has passed the checks; one made by hand that has not counts as having none.
    public var framing: MessageFraming { (try? MessageFraming(headers, versionMinor: versionMinor)) ?? .none }
}

extension ResponseHead {
    /// How long the body is, for statuses that have one; `none` means until the connection ends.
    public var framing: MessageFraming { (try? MessageFraming(headers, versionMinor: 1)) ?? .none }
}
