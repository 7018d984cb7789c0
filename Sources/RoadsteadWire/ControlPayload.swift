/// The payload of a control frame: at most 125 bytes.
///
/// The bytes are on the heap, and only if there are any: control frames are rare, and kept inline they would make every
/// `MessageEvent` of the data path 128 bytes wide, which cost it 35 ns a message.
public struct ControlPayload: Sendable, Equatable {
    /// The most bytes that a control frame carries (RFC 6455 section 5.5).
    public static let maximumCount = 125

    private var storage: [UInt8] = []

    /// Bytes held: 0 to 125.
    public var count: Int { storage.count }

    /// The bytes.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { storage.span }
    }

    /// The bytes, raw.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get { storage.span.rawBytes }
    }

    /// No bytes.
    public init() {}

    /// A copy of `bytes`; nil if they are more than 125.
    public init?(_ bytes: RawSpan) {
        guard bytes.byteCount <= Self.maximumCount else { return nil }
        append(bytes)
    }

    /// Reads the bytes within a closure.
    public func withBytes<Result: ~Copyable, Failure: Error>(_ body: (RawSpan) throws(Failure) -> Result) throws(Failure) -> Result {
        try body(bytes)
    }

    /// Makes room for a frame of `count` bytes, so that it takes one allocation at most.
    mutating func reserve(_ count: Int) { storage.reserveCapacity(count) }

    /// Adds one byte.
    mutating func append(_ byte: UInt8) { storage.append(byte) }

    /// Adds what a frame brought. That frames are no longer than 125 bytes is for the caller to check.
    mutating func append(_ bytes: RawSpan) {
        let octets = bytes.octets
        for index in 0..<octets.count { storage.append(octets[index]) }
    }
}
