/// Where code may stand that the compiler can't prove safe.
enum UnsafeRules {
    /// The only files with `unsafe` in them, and what each needs it for. The list is exact: a file that no longer needs it must go.
    static let files: [String: String] = [
        "Sources/RoadsteadMetrics/ProcFile.swift": "open, read and readdir of the C library",
        "Sources/RoadsteadMetrics/WordStore.swift": "words written in place, without the run-time checks of an array in a class",
        "Sources/roadstead/System/Descriptor.swift": "read of the C library",
        "Sources/roadstead/System/Environment.swift": "environ of the C library",
        "Sources/roadstead/System/Poll.swift": "poll of the C library",
        "Sources/roadstead/System/RawBytes.swift": "arrays of bytes as raw spans",
        "Sources/roadstead/System/StandardStream.swift": "write of the C library",
        "Sources/roadstead/System/TextFile.swift": "open of the C library",
        "Sources/roadstead/System/WallClock.swift": "clock_gettime of the C library",
    ]

    /// How many times in the whole tree a type or variable may claim to be safe to share.
    static let maximumClaims = 5

    /// How far above its use a `// SAFETY:` comment may stand if the lines between are not all of one block.
    static let reach = 6

    /// The lines, counted from 0, whose code goes round a check of the compiler.
    static func uses(in text: SwiftText) -> [Int] {
        text.code.indices.filter { index in
            let code = text.code[index]
            return SwiftText.words(code).contains("unsafe") || code.contains("@unchecked") || code.contains("(unchecked)")
        }
    }

    /// The lines that claim that something may be shared though the compiler can't see it.
    static func claims(in text: SwiftText) -> [Int] {
        text.code.indices.filter { index in
            let code = text.code[index].filter { !$0.isWhitespace }
            return code.contains("@uncheckedSendable") || code.contains("nonisolated(unsafe)")
        }
    }

    /// The uses that no `// SAFETY:` comment speaks for: none on their line, none close above, none at the head of their block.
    static func unexplained(in text: SwiftText) -> [Int] {
        uses(in: text).filter { use in
            if (max(0, use - reach)...use).contains(where: { isExplanation(text.comments[$0]) }) { return false }
            var line = use
            while line >= 0, !isBlank(text, line) {
                if isExplanation(text.comments[line]) { return false }
                line -= 1
            }
            return true
        }
    }

    /// What is wrong with a file, given the list of those that may have `unsafe`.
    static func complaints(about file: SourceFile, listed: Set<String> = Set(files.keys)) -> [String] {
        let uses = uses(in: file.swift)
        switch (listed.contains(file.path), uses.first) {
        case (false, nil): return []
        case (false, let first?):
            return [file.complaint(first, "unsafe code outside the files listed in UnsafeRules.files")]
        case (true, nil):
            return [file.complaint(0, "no unsafe code is left here: take the file off UnsafeRules.files")]
        case (true, _?):
            return unexplained(in: file.swift).map { file.complaint($0, "unsafe code without a // SAFETY: comment above it") }
        }
    }

    /// A comment that says nothing after its mark explains nothing.
    private static func isExplanation(_ comment: String) -> Bool {
        guard let mark = comment.firstRange(of: "// SAFETY:") else { return false }
        return comment[mark.upperBound...].contains { $0.isLetter }
    }

    private static func isBlank(_ text: SwiftText, _ line: Int) -> Bool {
        (text.code[line] + text.comments[line]).allSatisfy(\.isWhitespace)
    }
}
