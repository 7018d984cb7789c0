import Glibc

/// The kernel's errors in words.
enum SystemError {
    /// "Connection refused" for ECONNREFUSED, and so on.
    static func words(_ error: Int32) -> String {
        var text = [CChar](repeating: 0, count: 128)
        // SAFETY: strerror_r writes at most 128 bytes and returns a string that lives as long as `text` or forever.
        return unsafe text.withUnsafeMutableBufferPointer { unsafe String(cString: strerror_r(error, $0.baseAddress!, $0.count)) }
    }
}
