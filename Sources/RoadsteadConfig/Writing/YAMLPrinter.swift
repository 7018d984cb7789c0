/// Prints a tree as YAML, with or without what is known about each key.
struct YAMLPrinter {
    /// Whether each key is preceded by a comment that says what it does and when to change it.
    let isCommented: Bool
    /// What is printed instead of an empty list of sections, as comments: an entry for the list at this path.
    var samples: [String: YAMLTree] = [:]

    private var lines: [String] = []

    /// Begins with nothing.
    init(isCommented: Bool, samples: [String: YAMLTree] = [:]) {
        self.isCommented = isCommented
        self.samples = samples
    }

    /// The whole text of a section.
    mutating func print(_ tree: YAMLTree) -> String {
        lines = []
        printEntries(of: tree, path: "", indentation: 0)
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func printEntries(of tree: YAMLTree, path: String, indentation: Int) {
        guard case .mapping(let entries) = tree else { return }
        for entry in entries {
            if isCommented { printComment(entry.field, isTop: path.isEmpty, indentation: indentation) }
            printEntry(entry, path: path.isEmpty ? entry.field.key : "\(path).\(entry.field.key)", indentation: indentation)
        }
    }

    private mutating func printEntry(_ entry: YAMLEntry, path: String, indentation: Int) {
        let key = entry.field.key
        if case .text(_, let note?) = entry.value, let text = entry.value.inline {
            add("\(key): \(text)    # \(note)", indentation)
        } else if let text = entry.value.inline {
            add("\(key): \(text)", indentation)
            if isCommented, let sample = samples[path] { printSample(sample, path: path, indentation: indentation) }
        } else if case .list(let elements) = entry.value {
            add("\(key):", indentation)
            for element in elements { printElement(element, path: "\(path)[]", indentation: indentation + 2) }
        } else if case .mapping(let entries) = entry.value {
            add(entries.isEmpty ? "\(key): {}" : "\(key):", indentation)
            printEntries(of: entry.value, path: path, indentation: indentation + 2)
        }
    }

    private mutating func printElement(_ element: YAMLTree, path: String, indentation: Int) {
        if let text = element.inline { return add("- \(text)", indentation) }
        let start = lines.count
        printEntries(of: element, path: path, indentation: indentation + 2)
        // The dash stands before the first key, and the comment of that key above the dash.
        let isComment = { (line: String) in line.drop { $0 == " " }.hasPrefix("#") || line.isEmpty }
        guard let first = lines[start...].firstIndex(where: { !isComment($0) }) else { return }
        for comment in start..<first { lines[comment] = String(lines[comment].dropFirst(2)) }
        lines[first] = String(repeating: " ", count: indentation) + "- " + lines[first].dropFirst(indentation + 2)
    }

    private mutating func printSample(_ sample: YAMLTree, path: String, indentation: Int) {
        var printer = YAMLPrinter(isCommented: false)
        printer.printElement(sample, path: "\(path)[]", indentation: 2)
        for line in printer.lines { add("# \(line)", indentation) }
    }

    private mutating func printComment(_ field: FieldDescription, isTop: Bool, indentation: Int) {
        if isTop, !lines.isEmpty { lines.append("") }
        var text = field.purpose + " " + field.advice
        if let note = field.effectNote { text += " (\(note.prefix(1).uppercased() + note.dropFirst()).)" }
        for line in TextWrapping.lines(of: text, width: 110 - indentation) { add("# \(line)", indentation) }
    }

    private mutating func add(_ line: String, _ indentation: Int) {
        lines.append(String(repeating: " ", count: indentation) + line)
    }
}
