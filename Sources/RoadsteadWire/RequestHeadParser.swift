/// Reads the head of an HTTP/1.x request as it arrives, strictly, and refuses it at the first byte that makes it wrong (RFC 9112).
///
/// One empty line before the request line is passed over (RFC 9112 section 2.2). A target in absolute form becomes one in origin form, and
/// its authority takes the place of the Host field (section 3.2.2).
///
/// After a head was completed the next feed begins a new one; after a failure every feed fails alike.
public struct RequestHeadParser: Sendable {
    private enum EmptyLine {
        /// Nothing came yet. Can become: begun, over.
        case possible
        /// A CR came; an LF must follow. Can become: over.
        case begun
        /// The request line has begun, or must begin now.
        case over
    }

    private let maximumBytes: Int
    private var count = 0
    private var emptyLine = EmptyLine.possible
    private var line = RequestLineParser()
    private var isInFields = false
    private var fields = FieldSectionParser()
    private var failure: HTTPHeadError?

    /// A parser for heads of at most `maximumBytes`, all line breaks counted.
    public init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    /// Whether a head has begun and is not complete.
    public var isMidHead: Bool { count > 0 }

    /// The method of the head that has begun or failed, once all of it was read.
    public var method: String? { line.wholeMethod }

    /// Reads on.
    public mutating func feed(_ bytes: RawSpan) -> HeadProgress<RequestHead> {
        if let failure { return .failed(failure) }
        do throws(HTTPHeadError) {
            let octets = bytes.octets
            for index in 0..<octets.count where try append(octets[index]) {
                let head = try checked(fields.fields)
                self = RequestHeadParser(maximumBytes: maximumBytes)
                return .complete(head, consumed: index + 1)
            }
            return .incomplete
        } catch {
            failure = error
            return .failed(error)
        }
    }

    private mutating func append(_ byte: UInt8) throws(HTTPHeadError) -> Bool {
        guard count < maximumBytes else { throw .tooLarge(limit: maximumBytes) }
        count += 1
        if isInFields { return try fields.append(byte) }
        guard try !isOfEmptyLine(byte) else { return false }
        isInFields = try line.append(byte)
        return false
    }

    private mutating func isOfEmptyLine(_ byte: UInt8) throws(HTTPHeadError) -> Bool {
        switch emptyLine {
        case .possible:
            emptyLine = byte == ASCII.carriageReturn ? .begun : .over
            return byte == ASCII.carriageReturn
        case .begun:
            guard byte == ASCII.lineFeed else { throw .bareLineBreak }
            emptyLine = .over
            return true
        case .over:
            return false
        }
    }

    private func checked(_ fields: HeaderFields) throws(HTTPHeadError) -> RequestHead {
        let head = line.head(with: fields)
        let hosts = fields.all("Host")
        guard hosts.count <= 1 else { throw .duplicateHost }
        if let host = hosts.first {
            guard HostField.isValid(host) else { throw .invalidHost }
        } else if head.versionMinor >= 1 {
            throw .missingHost
        }
        _ = try MessageFraming(fields, versionMinor: head.versionMinor)
        return line.authority.map { head.addressed(to: $0) } ?? head
    }
}
