import Glibc

/// Small files, read whole.
enum TextFile {
    private static let maximumSize = 1 << 20

    /// The bytes of a file; nil if it cannot be read or is larger than a mebibyte.
    static func read(_ path: String) -> [UInt8]? {
        // SAFETY: the path is a NUL-terminated string for the length of the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        while bytes.count <= maximumSize {
            guard let chunk = Descriptor.read(descriptor, limit: 64 << 10) else { return nil }
            if chunk.isEmpty { return bytes }
            bytes += chunk
        }
        return nil
    }
}
