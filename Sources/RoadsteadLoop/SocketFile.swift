import Glibc

/// The file of a bound unix socket, told from any later one at the same path.
public struct SocketFile: Sendable, Equatable {
    private let path: String
    private let device: UInt64
    private let inode: UInt64

    /// The file as it is now; nil if the address is no unix socket's, or nobody bound it.
    public init?(of address: SocketAddress) {
        guard let path = address.unixPath else { return nil }
        var status = stat()
        // SAFETY: the path is a NUL-terminated copy for the length of the call, which fills `status`.
        guard unsafe lstat(path, &status) == 0 else { return nil }
        self.path = path
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }

    /// Removes the file, unless another process has bound the path since, or nobody has it any more.
    public func remove() {
        guard let address = SocketAddress(unixPath: path), SocketFile(of: address) == self else { return }
        // SAFETY: the path is a NUL-terminated copy for the length of the call.
        _ = unsafe unlink(path)
    }
}
