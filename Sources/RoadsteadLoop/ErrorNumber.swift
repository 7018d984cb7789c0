import CLinux
import Glibc

/// The words for an `errno`.
public enum ErrorNumber {
    /// What the C library calls it, such as "Connection refused".
    public static func words(for code: Int32) -> String {
        // SAFETY: strerror returns a NUL-terminated string that stays valid until this thread's next call (glibc 2.32 on);
        // it is copied at once.
        unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
    }

    /// What an operator can do about it, for the ones that an operator meets.
    static func advice(for code: Int32) -> String? {
        switch code {
        case EADDRINUSE: "another process uses it: stop that, or choose another"
        case EADDRNOTAVAIL: "this machine does not have it: check the address"
        case EACCES, EPERM: "not permitted: check the file's or directory's mode; ports below 1024 need CAP_NET_BIND_SERVICE"
        case EMFILE, ENFILE: "out of descriptors: raise the limit, see ulimit -n"
        case ENOENT: "check that its directory exists"
        default: nil
        }
    }
}
