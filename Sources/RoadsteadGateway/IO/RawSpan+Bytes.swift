extension RawSpan {
    /// One byte. Traps outside the span.
    @inline(__always)
    subscript(byte offset: Int) -> UInt8 {
        // SAFETY: bounds-checked by the standard library, and every bit pattern is a UInt8.
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
