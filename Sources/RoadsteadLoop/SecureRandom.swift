import CLinux
import Glibc

/// The kernel's random numbers, fit for keys and ids.
public enum SecureRandom {
    /// Fills the span.
    public static func fill(_ bytes: inout MutableRawSpan) {
        // SAFETY: getrandom writes at most the bytes that are left, within the closure.
        unsafe bytes.withUnsafeMutableBytes { buffer in
            var filled = 0
            while filled < buffer.count {
                let count = unsafe getrandom(buffer.baseAddress.map { unsafe $0 + filled }, buffer.count - filled, 0)
                // More than 256 bytes may be interrupted; no other failure is possible with valid memory and no flags.
                precondition(count >= 0 || errno == EINTR, "getrandom failed: \(ErrorNumber.words(for: errno))")
                filled += max(count, 0)
            }
        }
    }
}
