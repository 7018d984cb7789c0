import Glibc

/// Reads what the kernel serves under `/proc`: small files whose size is known only when they have been read.
enum ProcFile {
    /// The text of a file, or nil if it can't be read.
    static func text(_ path: String) -> String? {
        // SAFETY: open(2) reads the path, which Swift passes as a C string for the length of the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while true {
            // SAFETY: read(2) writes at most `count` bytes, and that many the buffer has, which outlives the call.
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in unsafe read(descriptor, buffer.baseAddress, buffer.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// How many entries a directory has, `.` and `..` left out, or nil if it can't be read.
    static func entryCount(_ path: String) -> Int? {
        // SAFETY: opendir(3) reads the path, which Swift passes as a C string for the length of the call.
        guard let directory = unsafe opendir(path) else { return nil }
        // SAFETY: `directory` is what opendir(3) gave, it is not nil, and this is the only and last use of it.
        defer { unsafe closedir(directory) }
        var count = 0
        // SAFETY: `directory` is open until the end of this function, and the entries are counted, not kept.
        while let entry = unsafe readdir(directory) {
            // SAFETY: readdir(3) keeps the entry until its next call on this directory. A name begins with its first byte, and
            // in /proc/PID/fd all are numbers but `.` and `..`.
            if unsafe entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
        }
        return count
    }
}
