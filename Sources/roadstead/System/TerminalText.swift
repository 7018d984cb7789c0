/// Text from strangers on a terminal.
enum TerminalText {
    /// The text with its control characters shown as escapes, so that it stays on one line and cannot steer the terminal.
    static func escaped(_ text: String) -> String {
        var shown = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\t": shown += "\t"
            case "\n": shown += "\\n"
            case "\r": shown += "\\r"
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}": shown += scalar.fourDigitEscape
            case _: shown.unicodeScalars.append(scalar)
            }
        }
        return shown
    }
}
