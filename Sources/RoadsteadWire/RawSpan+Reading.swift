/// The only ways this module reads raw bytes, checked against the span's bounds.
extension RawSpan {
    /// The same bytes, as elements that can be read one by one.
    @inlinable
    var octets: Span<UInt8> {
        @_lifetime(copy self)
        get {
            // SAFETY: every bit pattern is a UInt8 and its alignment is 1; the view keeps the span's bounds and lifetime.
            unsafe _unsafeView(as: UInt8.self)
        }
    }

    /// The integer whose bytes begin at `offset`, in the machine's byte order.
    @inlinable
    func integer<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T {
        // SAFETY: every bit pattern is a fixed-width integer; the call itself traps if it would read past the span.
        unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: type)
    }
}

extension Span<UInt8> {
    /// The same bytes, raw.
    @inlinable
    var rawBytes: RawSpan {
        @_lifetime(copy self)
        get {
            // SAFETY: a UInt8 has no padding, so every byte is initialised.
            unsafe bytes
        }
    }
}
