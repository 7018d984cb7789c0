/// Text from strangers on a terminal.
enum TerminalText {
    /// The text with its control and format characters shown as escapes, so that it stays on one line, cannot steer the terminal, and reads
    /// as it is written.
    static func escaped(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\t": shown += "\t"
            case "\n": shown += "\\n"
            case "\r": shown += "\\r"
            case _ where scalar.needsEscape: shown += scalar.escape
            case _: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }
}
