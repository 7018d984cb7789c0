/// The ways of this program between arrays and raw spans.
extension [UInt8] {
    /// The bytes, raw.
    var rawBytes: RawSpan {
        @_lifetime(borrow self)
        get {
            // SAFETY: a UInt8 has no padding, so every byte is initialised.
            unsafe span.bytes
        }
    }

    /// A copy of raw bytes.
    init(_ bytes: RawSpan) {
        // SAFETY: the buffer is read within the closure.
        self = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
    }

    /// Lends the bytes to be changed in place.
    mutating func withMutableRawBytes<Result>(_ body: (inout MutableRawSpan) -> Result) -> Result {
        var elements = mutableSpan
        // SAFETY: every bit pattern is a UInt8.
        var bytes = unsafe elements.mutableBytes
        return body(&bytes)
    }
}
