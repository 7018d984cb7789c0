/// Breaks sentences into lines.
enum TextWrapping {
    /// The words of `text` on lines of `width` characters at most; a longer word has a line of its own.
    static func lines(of text: String, width: Int) -> [String] {
        text.split(separator: " ").reduce(into: [String]()) { lines, word in
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
    }
}
