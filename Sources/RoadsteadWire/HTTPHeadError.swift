/// Why the head of an HTTP message was refused. Heads are never repaired: what is malformed or can be read in two ways fails.
public enum HTTPHeadError: Error, Equatable, Sendable {
    /// The method is not a token. A second empty line before the request line, a TLS handshake on a plain port and spaces count as this.
    case invalidMethod
    /// The target begins with neither a slash nor the scheme of a WebSocket or of HTTP: authority and asterisk form are not served
    /// (RFC 9112 sections 3.2.3 and 3.2.4).
    case unsupportedTargetForm
    /// The target has a character that must be percent-encoded, a fragment, a broken percent-encoding or a NUL in its path, or userinfo or
    /// no host in its authority.
    case invalidTarget
    /// The path has a `.` or `..` segment, which two readers may resolve differently.
    case dotSegment
    /// What stands for the version is no HTTP version.
    case invalidVersion
    /// An HTTP version other than 1.x.
    case unsupportedVersion
    /// A response's status is not three digits, 100 or more, or its reason has control characters.
    case invalidStatusLine
    /// A carriage return without a line feed, or a line feed without a carriage return.
    case bareLineBreak
    /// A line that begins with white space: a folded field (RFC 9112 section 5.2).
    case foldedField
    /// A field name is empty or no token.
    case invalidFieldName
    /// White space between a field name and its colon (RFC 9112 section 5.1).
    case whitespaceBeforeColon
    /// A field value has a control character or is not UTF-8.
    case invalidFieldValue
    /// An HTTP/1.1 request has no Host field (RFC 9112 section 3.2).
    case missingHost
    /// There is more than one Host field.
    case duplicateHost
    /// The Host field is no host with an optional port.
    case invalidHost
    /// Content-Length is no number of bytes.
    case invalidContentLength
    /// There is more than one Content-Length, alike or not.
    case duplicateContentLength
    /// Content-Length and Transfer-Encoding both (RFC 9112 section 6.3).
    case conflictingLengths
    /// Transfer-Encoding does not end in chunked, names it twice, or comes in HTTP/1.0 (RFC 9112 section 6.1).
    case invalidTransferEncoding
    /// Transfer-Encoding has codings other than chunked.
    case unsupportedTransferEncoding
    /// The head has more than `limit` bytes.
    case tooLarge(limit: Int)

    /// The status to refuse a request with: 400, 431, 501 or 505.
    public var status: Int {
        switch self {
        case .tooLarge: 431
        case .unsupportedVersion: 505
        case .unsupportedTransferEncoding: 501
        case .invalidMethod, .unsupportedTargetForm, .invalidTarget, .dotSegment, .invalidVersion, .invalidStatusLine, .bareLineBreak,
            .foldedField, .invalidFieldName, .whitespaceBeforeColon, .invalidFieldValue, .missingHost, .duplicateHost, .invalidHost,
            .invalidContentLength, .duplicateContentLength, .conflictingLengths, .invalidTransferEncoding:
            400
        }
    }

    /// What was wrong, in one line.
    public var explanation: String {
        switch self {
        case .invalidMethod: "the request does not begin with a method; is the client speaking TLS to a plain port?"
        case .unsupportedTargetForm: "the request target must begin with / or be a whole address of http, https, ws or wss"
        case .invalidTarget: "the request target has a character that must be percent-encoded, a broken percent-encoding, or no valid host"
        case .dotSegment: "the request target must not have . or .. segments"
        case .invalidVersion: "the HTTP version is malformed"
        case .unsupportedVersion: "only HTTP/1.1 is spoken here"
        case .invalidStatusLine: "the status line is malformed"
        case .bareLineBreak: "lines must end with CR LF"
        case .foldedField: "a header field must not be folded over lines"
        case .invalidFieldName: "a header field name is malformed"
        case .whitespaceBeforeColon: "white space is not allowed before the colon of a header field"
        case .invalidFieldValue: "a header field value has a control character or is not UTF-8"
        case .missingHost: "the Host header field is missing"
        case .duplicateHost: "there is more than one Host header field"
        case .invalidHost: "the Host header field is malformed"
        case .invalidContentLength: "Content-Length is not a number of bytes"
        case .duplicateContentLength: "there is more than one Content-Length header field"
        case .conflictingLengths: "Content-Length and Transfer-Encoding must not come together"
        case .invalidTransferEncoding: "Transfer-Encoding must end with chunked, once, and needs HTTP/1.1"
        case .unsupportedTransferEncoding: "no transfer coding but chunked is supported"
        case .tooLarge(let limit): "the head is larger than \(limit) bytes"
        }
    }
}
