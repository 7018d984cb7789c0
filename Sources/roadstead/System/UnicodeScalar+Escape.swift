extension Unicode.Scalar {
    /// Whether it must not be shown as it is: it could end a line, steer a terminal, or hide or reorder what stands beside it.
    ///
    /// So do the controls of ASCII and Latin-1, the two line separators of Unicode, and its format characters (general category Cf): those
    /// that set the direction of text, those without width, and tags.
    var needsEscape: Bool {
        switch self {
        case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}": true
        case _: !isASCII && properties.generalCategory == .format
        }
    }

    /// `\u` and four hexadecimal digits; for one beyond the basic plane two of these, a pair of surrogates, as JSON has it (RFC 8259
    /// section 7).
    var escape: String {
        String(self).utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}
