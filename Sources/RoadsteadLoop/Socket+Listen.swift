import CLinux
import Glibc

extension Socket {
    /// Makes a listener, non-blocking.
    ///
    /// - `[::]` takes IPv4 connections too; their addresses read as IPv4.
    /// - A unix socket's file that nobody listens on, left by a process that has gone, is replaced; any other file is not.
    /// - `sharesPort` lets several sockets, one a loop, listen on one port: the kernel spreads connections over them (`SO_REUSEPORT`).
    public static func listen(on address: SocketAddress, backlog: Int, sharesPort: Bool) throws(LoopError) -> Int32 {
        let descriptor = clinux_stream_socket(address.family)
        guard descriptor >= 0 else { throw listenError(address, -descriptor) }
        let code = prepare(descriptor, for: address, backlog: backlog, sharesPort: sharesPort)
        guard code == 0 else {
            close(descriptor)
            throw listenError(address, code)
        }
        return descriptor
    }

    private static func listenError(_ address: SocketAddress, _ code: Int32) -> LoopError {
        LoopError.system(operation: "listen on", subject: address.description, code: code)
    }

    private static func prepare(_ descriptor: Int32, for address: SocketAddress, backlog: Int, sharesPort: Bool) -> Int32 {
        if let path = address.unixPath {
            let code = removeStaleFile(at: path, address)
            guard code == 0 else { return code }
        } else {
            var code = clinux_set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
            if code == 0, sharesPort { code = clinux_set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1) }
            if code == 0, address.family == AF_INET6 { code = clinux_set_option(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 0) }
            // Linux hands this on to accepted connections, which saves a system call for each.
            if code == 0 { code = clinux_set_option(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
            guard code == 0 else { return code }
        }
        // SAFETY: the pointer and length are valid within the closure, which is all bind needs.
        let code = unsafe address.withSystemAddress { unsafe bind(descriptor, $0, $1) == 0 ? 0 : errno }
        guard code == 0 else { return code }
        return Glibc.listen(descriptor, Int32(clamping: backlog)) == 0 ? 0 : errno
    }

    /// Returns 0 if the path may be bound, or an errno.
    private static func removeStaleFile(at path: String, _ address: SocketAddress) -> Int32 {
        // SAFETY: the string is NUL-terminated and outlives the call.
        guard unsafe clinux_is_socket(path) != 0 else { return 0 }
        switch connect(to: address) {
        case .connected(let descriptor), .inProgress(let descriptor):
            close(descriptor)
            return EADDRINUSE
        case .failed(ECONNREFUSED):
            // SAFETY: as above.
            return unsafe unlink(path) == 0 || errno == ENOENT ? 0 : errno
        case .failed(ENOENT):
            return 0
        // EAGAIN: its backlog is full, so somebody listens. Anything else: not ours to remove.
        case .failed:
            return EADDRINUSE
        }
    }
}
