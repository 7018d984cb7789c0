import Glibc

/// The kernel's errors in words.
enum SystemError {
    /// Whether it says that this machine has run out of something, and nothing about the peer.
    static func isOurs(_ error: Int32) -> Bool { [EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL, EAGAIN].contains(error) }

    /// "Connection refused" for ECONNREFUSED, and so on.
    static func words(_ error: Int32) -> String {
        // SAFETY: glibc's strerror is thread-safe for known numbers and always returns a string.
        unsafe String(cString: strerror(error))
    }
}
