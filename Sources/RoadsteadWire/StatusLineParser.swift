/// Reads a status line, byte by byte (RFC 9112 section 4). The space before an empty reason may be missing, as many servers leave it out.
///
/// ```
///  version SP status SP reason CR LF
/// ```
struct StatusLineParser: Sendable {
    private enum State {
        /// In the version. Can become: status.
        case version
        /// In the status code. Can become: reason, end.
        case status
        /// In the reason, up to the CR. Can become: end.
        case reason
        /// An LF must follow, which ends the line.
        case end
    }

    private var state = State.version
    private var version = HTTPVersionParser()
    private var digits: [UInt8] = []
    private var reason: [UInt8] = []
    private var validator = UTF8Validator()

    /// The minor version.
    var versionMinor: Int { version.minor }

    /// Takes one byte.
    ///
    /// - Returns: whether it was the last of the line.
    mutating func append(_ byte: UInt8) throws(HTTPHeadError) -> Bool {
        switch state {
        case .version:
            if try version.append(byte, isLast: byte == ASCII.space) { state = .status }
        case .status:
            try continueStatus(byte)
        case .reason:
            try continueReason(byte)
        case .end:
            guard byte == ASCII.lineFeed else { throw .bareLineBreak }
            return true
        }
        return false
    }

    private mutating func continueStatus(_ byte: UInt8) throws(HTTPHeadError) {
        if digits.count == 3 {
            switch byte {
            case ASCII.space: state = .reason
            case ASCII.carriageReturn: state = .end
            case ASCII.lineFeed: throw .bareLineBreak
            default: throw .invalidStatusLine
            }
        } else {
            guard ASCII.isDigit(byte), byte != 0x30 || !digits.isEmpty else { throw .invalidStatusLine }
            digits.append(byte)
        }
    }

    private mutating func continueReason(_ byte: UInt8) throws(HTTPHeadError) {
        if byte == ASCII.carriageReturn {
            guard validator.isComplete else { throw .invalidStatusLine }
            state = .end
            return
        }
        guard byte != ASCII.lineFeed else { throw .bareLineBreak }
        guard !ASCII.isControl(byte) || byte == ASCII.tab, validator.append(byte) else { throw .invalidStatusLine }
        reason.append(byte)
    }

    /// The head that this line begins.
    func head(with headers: HeaderFields) -> ResponseHead {
        ResponseHead(
            status: digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }, reason: String(decoding: reason, as: UTF8.self), headers: headers)
    }
}
