import Glibc

/// The process's own three streams, without buffers: what is written is out, whole, before the call returns. The log has a thread for that,
/// see `LogWriter`.
enum StandardStream: Int32 {
    /// What is typed or piped in.
    case input = 0
    /// Results.
    case output = 1
    /// The log and everything else for people.
    case error = 2

    /// Whether a person sits at the other end.
    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// Writes all of `text` in one write(2), or in as few as the kernel makes of it: lines of several threads do not mix. Waits for the
    /// reader if there is no room.
    ///
    /// - Returns: whether it was written; false when the reader has gone.
    @discardableResult
    func write(_ text: String) -> Bool { Self.write(text, to: rawValue) }

    /// The same for any descriptor.
    @discardableResult
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        // SAFETY: the kernel reads at most the bytes that are left, within the closure.
        return text.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                let count = unsafe Glibc.write(descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
                if count >= 0 {
                    written += count
                } else if errno == EAGAIN {
                    // The stream was made non-blocking by another process that shares it.
                    _ = Poll.wait(for: [PollEntry(descriptor: descriptor, wantsWriting: true)], until: nil)
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }

    /// Reads what is there, at most `limit` bytes, waiting for the first.
    ///
    /// - Returns: the bytes; empty at the end of the input; nil if there is nothing yet on a non-blocking stream.
    func read(limit: Int) -> [UInt8]? {
        Descriptor.read(rawValue, limit: limit) ?? (errno == EAGAIN ? nil : [])
    }
}
