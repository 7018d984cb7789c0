import Glibc
import RoadsteadLoop

/// Descriptors for tests, and bytes as text.
enum TestSockets {
    /// Two connected unix sockets, non-blocking.
    static func pair() -> (near: Int32, far: Int32) {
        var pair: [Int32] = [-1, -1]
        // SAFETY: socketpair writes two descriptors into an array of two.
        let code = unsafe socketpair(
            AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &pair)
        precondition(code == 0, "socketpair failed")
        return (pair[0], pair[1])
    }

    /// Sends all of the text, which is short enough to fit.
    static func send(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        let outcome = send(bytes, to: descriptor)
        precondition(outcome == .sent(bytes.count), "sending \(text) gave \(outcome)")
    }

    /// Sends once.
    static func send(_ bytes: [UInt8], to descriptor: Int32) -> SendOutcome {
        // SAFETY: an array of bytes is all initialised.
        unsafe Socket.send(descriptor, bytes.span.bytes)
    }

    /// Receives once, into `limit` bytes.
    static func receive(from descriptor: Int32, limit: Int = 64) -> (outcome: ReceiveOutcome, text: String) {
        var bytes = [UInt8](repeating: 0, count: limit)
        var span = bytes.mutableSpan
        // SAFETY: UInt8 has no invalid bit patterns, so its bytes may be written as they come.
        var raw = unsafe span.mutableBytes
        let outcome = Socket.receive(descriptor, into: &raw)
        guard case .bytes(let count) = outcome else { return (outcome, "") }
        return (outcome, String(decoding: bytes[..<count], as: UTF8.self))
    }

    /// Whether a descriptor is open in this process.
    static func isOpen(_ descriptor: Int32) -> Bool { fcntl(descriptor, F_GETFD) >= 0 }

    /// The open descriptors of this process, among the first 4096.
    static func openDescriptors() -> [Int32] { (0..<4096).filter(isOpen) }

    /// The value of a socket option that is an int.
    static func option(_ descriptor: Int32, level: Int32, name: Int32) -> Int32 {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        // SAFETY: the option is an int, and that is where it goes.
        let code = unsafe getsockopt(descriptor, level, name, &value, &length)
        return code == 0 ? value : -errno
    }

    /// A path in /tmp that no other test uses.
    static func temporaryPath() -> String {
        "/tmp/roadstead-loop-\(getpid())-\(UInt64.random(in: 0...UInt64.max)).sock"
    }

    /// Makes an ordinary file.
    static func makeFile(at path: String) {
        // SAFETY: the string outlives the call.
        let descriptor = unsafe creat(path, 0o600)
        precondition(descriptor >= 0, "cannot make \(path)")
        Socket.close(descriptor)
    }

    /// Whether there is a file.
    static func exists(_ path: String) -> Bool {
        // SAFETY: the string outlives the call.
        unsafe access(path, F_OK) == 0
    }

    /// Removes a file if it is there.
    static func remove(_ path: String) {
        // SAFETY: the string outlives the call.
        _ = unsafe unlink(path)
    }

    /// A connection through a listener: what accept gave and what connect gave. Waits with poll where the kernel needs time.
    static func connection(through listener: Int32) throws -> (accepted: Int32, connected: Int32, peer: SocketAddress) {
        let connected: Int32
        switch Socket.connect(to: try Socket.localAddress(listener)) {
        case .connected(let descriptor), .inProgress(let descriptor): connected = descriptor
        case .failed(let code): throw LoopError.system(operation: "connect", subject: "a test", code: code)
        }
        awaitReadable(listener)
        guard case .accepted(let accepted, let peer) = Socket.accept(listener) else {
            throw LoopError.system(operation: "accept", subject: "a test", code: 0)
        }
        return (accepted, connected, peer)
    }

    /// Blocks until one of the descriptors is readable.
    static func awaitReadable(_ descriptors: Int32...) {
        var requests = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // SAFETY: as many are counted as are passed.
        _ = unsafe poll(&requests, nfds_t(requests.count), -1)
    }
}
