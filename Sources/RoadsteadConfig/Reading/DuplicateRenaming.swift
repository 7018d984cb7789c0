/// Renames keys that stand twice in a mapping, so that the rest of the file can be looked at as well.
///
/// The YAML library gives up at the first mapping with a duplicate key. All mistakes are to be told at once, so the first of the
/// two keys is replaced by as many private-use characters (no place in the file moves), and `original` tells its name.
struct DuplicateRenaming {
    /// The names of the replaced keys, by what stands there now.
    private(set) var original: [String: String] = [:]
    private var scalars: [Unicode.Scalar]

    /// Begins with the file as it is.
    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    /// The file, with keys replaced.
    var text: String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    /// Replaces the key `name` that begins at this line and column, both from 1; false when it does not stand there as such, or too many were replaced.
    mutating func rename(_ name: String?, line: Int, column: Int) -> Bool {
        guard let name, !name.isEmpty, var index = index(ofLine: line, column: column), original.count < 1000,
            let replacement = Unicode.Scalar(0xE000 + UInt32(original.count))
        else { return false }
        if index < scalars.count, scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
        let end = index + name.unicodeScalars.count
        guard end <= scalars.count, scalars[index..<end].elementsEqual(name.unicodeScalars) else { return false }
        scalars.replaceSubrange(index..<end, with: repeatElement(replacement, count: end - index))
        original[String(repeating: String(replacement), count: end - index)] = name
        return true
    }

    private func index(ofLine wanted: Int, column: Int) -> Int? {
        var line = 1
        var index = 0
        while line < wanted, index < scalars.count {
            // The line breaks of YAML 1.1; a carriage return and a line feed are one.
            switch scalars[index] {
            case "\r" where index + 1 < scalars.count && scalars[index + 1] == "\n": break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": line += 1
            case _: break
            }
            index += 1
        }
        return line == wanted ? index + column - 1 : nil
    }
}
