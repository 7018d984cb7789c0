/// The payload of a control frame: at most 125 bytes, kept inline so that no heap is touched.
public struct ControlPayload: Sendable {
    /// The most bytes that a control frame carries (RFC 6455 section 5.5).
    public static let maximumCount = 125

    private var storage: InlineArray<125, UInt8>
    private var length: UInt8

    /// Bytes held: 0 to 125.
    public var count: Int { Int(length) }

    /// The bytes.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { storage.span.extracting(first: Int(length)) }
    }

    /// The bytes, raw.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get { storage.span.rawBytes.extracting(first: Int(length)) }
    }

    /// No bytes.
    public init() {
        storage = InlineArray(repeating: 0)
        length = 0
    }

    /// A copy of `bytes`; nil if they are more than 125.
    public init?(_ bytes: RawSpan) {
        guard bytes.byteCount <= Self.maximumCount else { return nil }
        self.init()
        append(bytes)
    }

    /// Reads the bytes within a closure.
    public func withBytes<Result: ~Copyable, Failure: Error>(_ body: (RawSpan) throws(Failure) -> Result) throws(Failure) -> Result {
        try body(bytes)
    }

    /// Forgets the bytes.
    mutating func removeAll() { length = 0 }

    /// Adds one byte; traps if there are 125 already.
    mutating func append(_ byte: UInt8) {
        storage[count] = byte
        length += 1
    }

    /// Adds what a frame brought. The receiver has checked the frame's length; more would trap at the array's end.
    mutating func append(_ bytes: RawSpan) {
        let octets = bytes.octets
        for index in 0..<octets.count {
            storage[count + index] = octets[index]
        }
        length += UInt8(octets.count)
    }
}

extension ControlPayload: Equatable {
    /// Whether both hold the same bytes.
    public static func == (left: ControlPayload, right: ControlPayload) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<left.count where left.storage[index] != right.storage[index] {
            return false
        }
        return true
    }
}
