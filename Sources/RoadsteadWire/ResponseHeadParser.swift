/// Reads the head of an HTTP/1.x response as it arrives, strictly, and refuses it at the first byte that makes it wrong (RFC 9112).
///
/// Interim responses, those with 1xx but 101, are passed over (RFC 9110 section 15.2): however many there are, they count towards the limit
/// together with the head that follows them.
///
/// After a head was completed the next feed begins a new one; after a failure every feed fails alike.
public struct ResponseHeadParser: Sendable {
    private let maximumBytes: Int
    private var count = 0
    private var line = StatusLineParser()
    private var isInFields = false
    private var fields = FieldSectionParser()
    private var failure: HTTPHeadError?

    /// A parser for heads of at most `maximumBytes`, all line breaks counted.
    public init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

    /// Whether a head has begun and is not complete.
    public var isMidHead: Bool { count > 0 }

    /// Reads on.
    public mutating func feed(_ bytes: RawSpan) -> HeadProgress<ResponseHead> {
        if let failure { return .failed(failure) }
        do throws(HTTPHeadError) {
            let octets = bytes.octets
            for index in 0..<octets.count where try append(octets[index]) {
                let head = line.head(with: fields.fields)
                _ = try MessageFraming(head.headers, versionMinor: line.versionMinor)
                guard !head.isInterim else {
                    (line, fields, isInFields) = (StatusLineParser(), FieldSectionParser(), false)
                    continue
                }
                self = ResponseHeadParser(maximumBytes: maximumBytes)
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
        isInFields = try line.append(byte)
        return false
    }
}
