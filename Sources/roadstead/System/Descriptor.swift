import Glibc

/// read(2).
enum Descriptor {
    /// Reads what is there, at most `limit` bytes.
    ///
    /// - Returns: the bytes; empty at the end; nil if nothing could be read, for the reason in `errno`.
    static func read(_ descriptor: Int32, limit: Int) -> [UInt8]? {
        while true {
            var count = 0
            // SAFETY: the kernel writes at most `limit` bytes into the array's memory, which has room for so many.
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, initializedCount in
                count = unsafe Glibc.read(descriptor, buffer.baseAddress, limit)
                initializedCount = max(count, 0)
            }
            if count >= 0 { return bytes }
            if errno != EINTR { return nil }
        }
    }
}
