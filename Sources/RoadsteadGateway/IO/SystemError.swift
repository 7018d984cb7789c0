import Glibc

/// The kernel's errors in words.
enum SystemError {
    /// "Connection refused" for ECONNREFUSED, and so on.
    static func words(_ error: Int32) -> String {
        // SAFETY: glibc's strerror is thread-safe for known numbers and always returns a string.
        unsafe String(cString: strerror(error))
    }
}
