// SAFETY: `environ` is a global variable of C; nothing in this program changes it or what it points to.
@unsafe @preconcurrency import Glibc

/// The variables that the process was started with.
enum Environment {
    /// Reads all of them. Nothing in this program changes them.
    static func variables() -> [String: String] {
        var variables: [String: String] = [:]
        // SAFETY: `environ` ends with a null pointer, and each string with a NUL; nobody changes them.
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            let text = unsafe String(cString: entry)
            if let separator = text.firstIndex(of: "=") {
                variables[String(text[..<separator])] = String(text[text.index(after: separator)...])
            }
            unsafe next += 1
        }
        return variables
    }
}
