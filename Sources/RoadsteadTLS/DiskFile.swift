import Glibc

/// Small files, read and written whole; keys and certificates only.
enum DiskFile {
    /// No PEM file is larger; what is, was named by mistake.
    static let maximumBytes = 1 << 20

    /// What the file holds.
    static func read(_ path: String) throws(TLSError) -> [UInt8] {
        // SAFETY: the path is a NUL-terminated copy for the length of the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: systemReason()) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 16 * 1024)
        while bytes.count <= maximumBytes {
            // SAFETY: reads at most as many bytes as the block has.
            let count = unsafe Glibc.read(descriptor, &block, block.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path: path, reason: systemReason()) }
            if count == 0 { return bytes }
            bytes += block[..<count]
        }
        throw .unreadable(path: path, reason: "it is larger than \(maximumBytes) bytes")
    }

    /// Writes beside the path and renames over it, so that nobody ever sees half a file; `mode` holds from the first byte on.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws(TLSError) {
        let temporary = "\(path).\(getpid()).new"
        // SAFETY: the path is a NUL-terminated copy for the length of the call.
        unsafe unlink(temporary)
        // SAFETY: the same.
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw .unwritable(path: path, reason: systemReason()) }
        var failure = fchmod(descriptor, mode) == 0 ? nil : systemReason()
        var written = 0
        while failure == nil && written < bytes.count {
            let rest = Array(bytes[written...])
            // SAFETY: writes at most as many bytes as the array has.
            let count = unsafe Glibc.write(descriptor, rest, rest.count)
            if count < 0 && errno == EINTR { continue }
            if count < 0 { failure = systemReason() } else { written += count }
        }
        if close(descriptor) != 0 && failure == nil { failure = systemReason() }
        // SAFETY: both paths are NUL-terminated copies for the length of the call.
        if failure == nil, unsafe rename(temporary, path) != 0 { failure = systemReason() }
        guard let failure else { return }
        // SAFETY: as above.
        unsafe unlink(temporary)
        throw .unwritable(path: path, reason: failure)
    }

    /// Whether something has that name, readable or not.
    static func exists(_ path: String) -> Bool {
        // SAFETY: the path is a NUL-terminated copy for the length of the call.
        unsafe access(path, F_OK) == 0
    }

    /// Makes the folder, and those above it, if they are not there.
    static func makeDirectory(_ path: String) throws(TLSError) {
        guard !path.isEmpty, !exists(path) else { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeDirectory(String(path[..<slash])) }
        // SAFETY: the path is a NUL-terminated copy for the length of the call.
        if unsafe mkdir(path, 0o755) != 0 && errno != EEXIST { throw .unwritable(path: path, reason: systemReason()) }
    }

    /// This machine's name, lower case; empty if it has none.
    static func hostName() -> String {
        var name = [UInt8](repeating: 0, count: 256)
        // SAFETY: one byte less than there is, so that a NUL always remains.
        let failed = unsafe name.withUnsafeMutableBytes { bytes in unsafe gethostname(bytes.baseAddress!, bytes.count - 1) != 0 }
        return failed ? "" : String(decoding: name.prefix { $0 != 0 }, as: UTF8.self).lowercased()
    }

    /// The system's words for `errno`.
    private static func systemReason() -> String {
        var text = [CChar](repeating: 0, count: 128)
        // SAFETY: fills at most as many bytes as the array has, NUL included; the GNU form is not what Swift imports.
        let failed = unsafe strerror_r(errno, &text, text.count) != 0
        return failed ? "error \(errno)" : String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
