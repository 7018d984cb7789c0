/// Reads a request line, byte by byte, and fails at the first byte that cannot belong to one (RFC 9112 section 3).
///
/// ```
///  method SP target SP version CR LF
/// ```
struct RequestLineParser: Sendable {
    private enum State {
        /// In the method. Can become: target.
        case method
        /// In the target. Can become: version.
        case target
        /// In the version, up to the CR. Can become: end.
        case version
        /// An LF must follow, which ends the line.
        case end
    }

    private var state = State.method
    private var method: [UInt8] = []
    private var target = RequestTarget()
    private var version = HTTPVersionParser()

    /// Takes one byte.
    ///
    /// - Returns: whether it was the last of the line.
    mutating func append(_ byte: UInt8) throws(HTTPHeadError) -> Bool {
        switch state {
        case .method:
            if byte == ASCII.space && !method.isEmpty {
                state = .target
            } else {
                guard ASCII.isToken(byte) else { throw .invalidMethod }
                method.append(byte)
            }
        case .target:
            if byte == ASCII.space && !target.isEmpty {
                try target.finish()
                state = .version
            } else {
                try target.append(byte)
            }
        case .version:
            if try version.append(byte, isLast: byte == ASCII.carriageReturn) { state = .end }
        case .end:
            guard byte == ASCII.lineFeed else { throw .bareLineBreak }
            return true
        }
        return false
    }

    /// The method, once all of it was read.
    var wholeMethod: String? { state == .method ? nil : String(decoding: method, as: UTF8.self) }

    /// The host and port of a target in absolute form.
    var authority: String? { target.authority }

    /// The head that this line begins.
    func head(with headers: HeaderFields) -> RequestHead {
        RequestHead(
            method: String(decoding: method, as: UTF8.self), target: target.text, versionMinor: version.minor, headers: headers)
    }
}
