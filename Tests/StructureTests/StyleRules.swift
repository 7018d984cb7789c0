/// The rules of the house that a text alone can show.
enum StyleRules {
    /// A file longer than this wants to be two.
    static let maximumLines = 500

    /// Files that are too long.
    static func lengthComplaints(about file: SourceFile) -> [String] {
        file.lineCount > maximumLines ? [file.complaint(maximumLines, "\(file.lineCount) lines; \(maximumLines) at most")] : []
    }

    /// Tests that wait for time to pass rather than for what they test.
    static func sleepComplaints(about file: SourceFile) -> [String] {
        file.swift.code.indices.filter { sleeps(file.swift.code[$0]) }
            .map { file.complaint($0, "a test must not sleep: wait for the event, or give the time as an argument") }
    }

    /// Whether a line of code calls one of the functions that sleep, or names one as a member.
    static func sleeps(_ code: String) -> Bool {
        let words = Set(SwiftText.words(code))
        guard words.isDisjoint(with: ["usleep", "nanosleep"]) else { return true }
        let dense = code.filter { !$0.isWhitespace }
        return words.contains("sleep") && (dense.contains(".sleep") || dense.contains("sleep("))
    }

    /// Marks of unfinished work, in code or comments but not in literals. Files that are not Swift are searched whole.
    static func markComplaints(about file: SourceFile) -> [String] {
        let marks: Set = ["TODO", "FIXME"]
        let isSwift = file.path.hasSuffix(".swift")
        let lines =
            isSwift
            ? zip(file.swift.code, file.swift.comments).map { "\($0) \($1)" }
            : file.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return lines.indices.filter { !marks.isDisjoint(with: SwiftText.words(lines[$0])) }
            .map { file.complaint($0, "unfinished work belongs in an issue, not in a comment") }
    }

    /// The public types at the top level of a file, by name and line.
    static func publicTypes(in text: SwiftText) -> [(line: Int, name: String)] {
        let kinds: Set = ["struct", "class", "enum", "actor", "protocol"]
        let modifiers: Set = ["final", "indirect", "distributed", "nonisolated", "unsafe"]
        let depths = text.depths
        return text.code.indices.compactMap { line in
            guard depths[line] == 0 else { return nil }
            let words = SwiftText.words(text.code[line])
            guard let access = words.firstIndex(where: { $0 == "public" || $0 == "open" }) else { return nil }
            let rest = words[(access + 1)...].drop { modifiers.contains($0) }
            guard let kind = rest.first, kinds.contains(kind), let name = rest.dropFirst().first else { return nil }
            return (line, name)
        }
    }

    /// Files under `Sources` whose public type is not the one that their name promises. `Type+Aspect.swift` belongs to `Type`, and
    /// `main.swift` is the program.
    static func typeComplaints(about file: SourceFile) -> [String] {
        guard file.name != "main.swift" else { return [] }
        let expected = file.name.prefix { $0 != "." && $0 != "+" }
        let types = publicTypes(in: file.swift)
        let strangers = types.filter { $0.name != expected }
            .map { file.complaint($0.line, "\($0.name) belongs in a file of its own, \($0.name).swift") }
        return strangers.isEmpty && types.count > 1 ? [file.complaint(types[1].line, "more than one public type")] : strangers
    }

    /// What `.gitignore` must cover and does not. A trailing slash or a leading one makes no difference at the top.
    static func missing(_ names: [String], inGitignore text: String) -> [String] {
        let patterns = text.split(separator: "\n").map { line in
            line.trimmingPrefix("/").reversed().drop { $0 == "/" || $0.isWhitespace }.reversed()
        }
        return names.filter { name in !patterns.contains { String($0) == name } }
    }
}
