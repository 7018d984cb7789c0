import CLinux
import Glibc

/// Files of unix sockets.
enum UnixPath {
    /// Whether the path itself is a socket.
    static func isSocket(_ path: String) -> Bool {
        // SAFETY: the string is NUL-terminated and outlives the call.
        unsafe clinux_is_socket(path) != 0
    }

    /// Removes the file. Returns 0, also if there is none, or errno.
    static func remove(_ path: String) -> Int32 {
        // SAFETY: the string is NUL-terminated and outlives the call.
        unsafe unlink(path) == 0 || errno == ENOENT ? 0 : errno
    }
}
