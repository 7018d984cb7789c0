import Glibc
import RoadsteadWire

// All that the tests do with memory and with the system's structures.

/// Lends an array's bytes.
func withBytes<Result, Failure: Error>(_ bytes: [UInt8], _ body: (RawSpan) throws(Failure) -> Result) throws(Failure) -> Result {
    let span = bytes.span
    // SAFETY: the bytes of a UInt8 array, read only.
    return try body(unsafe span.bytes)
}

/// Lends an array's bytes to be changed in place.
func withMutableBytes<Result>(_ bytes: inout [UInt8], _ body: (inout MutableRawSpan) -> Result) -> Result {
    var span = bytes.mutableSpan
    // SAFETY: every bit pattern is a UInt8, so whatever is stored stays valid.
    var raw = unsafe span.mutableBytes
    return body(&raw)
}

extension RawSpan {
    /// A copy.
    var copied: [UInt8] {
        // SAFETY: read within the closure only.
        unsafe withUnsafeBytes { unsafe Array($0) }
    }
}

/// The few calls on descriptors that `RoadsteadLoop.Socket` has no need of.
enum Descriptor {
    /// Waits until the descriptor can be read (or written), or has an error. False: the time is over.
    static func wait(_ descriptor: Int32, reading: Bool, writing: Bool, for duration: Duration) -> Bool {
        let events = (reading ? POLLIN : 0) | (writing ? POLLOUT : 0)
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        let (seconds, attoseconds) = duration.components
        let milliseconds = seconds * 1000 + attoseconds / 1_000_000_000_000_000
        while true {
            // SAFETY: poll writes into the one entry, within the call.
            let count = unsafe poll(&entry, 1, Int32(clamping: max(milliseconds, 0)))
            if count >= 0 || errno != EINTR { return count > 0 }
        }
    }

    /// Makes the kernel's receive buffer small, so that a peer which does not read is noticed soon.
    static func shrinkReceiveBuffer(_ descriptor: Int32) {
        var size: Int32 = 32 * 1024
        // SAFETY: setsockopt reads the one integer, within the call.
        let result = unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        precondition(result == 0, "the receive buffer of a socket can be made smaller")
    }
}
