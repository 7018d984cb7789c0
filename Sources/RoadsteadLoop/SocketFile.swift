import CLinux
import Glibc

/// The file of a bound unix socket, told from any later one at the same path.
public final class SocketFile: Sendable {
    private let path: String
    /// Of the file itself: as long as it is open, no other file gets the same number.
    private let descriptor: Int32

    /// The file as it is now; nil if the address is no unix socket's, or nobody bound it.
    public init?(of address: SocketAddress) {
        guard let path = address.unixPath else { return nil }
        // SAFETY: the path is a NUL-terminated copy for the length of the call.
        let descriptor = unsafe clinux_open_path(path)
        guard descriptor >= 0 else { return nil }
        self.path = path
        self.descriptor = descriptor
    }

    deinit { Socket.close(descriptor) }

    /// Removes the file, unless another process has bound the path since, or nobody has it any more.
    public func remove() {
        // SAFETY: the path is a NUL-terminated copy for the length of each call.
        guard unsafe clinux_is_file(path, descriptor) else { return }
        // SAFETY: the same.
        _ = unsafe unlink(path)
    }
}
