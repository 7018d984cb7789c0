/// A Swift file taken apart line by line into code and comments, so that a rule about one can't be fooled by the other.
///
/// What stands in string literals and in `` `raw identifiers` `` is in neither; what is interpolated into a string is code. Bare regex
/// literals are not known: one with a quote or two slashes in it would mislead this.
struct SwiftText {
    /// The code of each line, literals left out.
    private(set) var code: [String] = []
    /// The comments of each line, with their slashes.
    private(set) var comments: [String] = []

    private enum Mode: Equatable {
        /// `parentheses` counts those open within an interpolation, which ends where they do.
        case code(parentheses: Int)
        case string(hashes: Int, isMultiline: Bool)
        case lineComment
        case blockComment
    }

    private let bytes: [UInt8]
    private var position = 0
    private var modes: [Mode] = [.code(parentheses: 0)]
    private var codeLine: [UInt8] = []
    private var commentLine: [UInt8] = []

    /// Takes `text` apart.
    init(_ text: String) {
        bytes = Array(text.utf8)
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\n") {
                endLine()
            } else {
                step()
            }
        }
        if !codeLine.isEmpty || !commentLine.isEmpty || bytes.last != UInt8(ascii: "\n") { endLine() }
    }

    private mutating func endLine() {
        code.append(String(decoding: codeLine, as: UTF8.self))
        comments.append(String(decoding: commentLine, as: UTF8.self))
        codeLine = []
        commentLine = []
        position += 1
        switch modes.last {
        case .lineComment, .string(hashes: _, isMultiline: false): modes.removeLast()
        case .code, .blockComment, .string(hashes: _, isMultiline: true), nil: break
        }
    }

    private mutating func step() {
        switch modes.last {
        case .code(let parentheses): stepCode(parentheses)
        case .string(let hashes, let isMultiline): stepString(hashes, isMultiline)
        case .lineComment: take(1, asCode: false)
        case .blockComment: stepBlockComment()
        case nil: preconditionFailure("The file itself never ends before its text.")
        }
    }

    private mutating func stepCode(_ parentheses: Int) {
        if starts(with: "//") {
            modes.append(.lineComment)
            take(2, asCode: false)
        } else if starts(with: "/*") {
            modes.append(.blockComment)
            take(2, asCode: false)
        } else if starts(with: "`") {
            skipIdentifier()
        } else if let hashes = openingHashes() {
            position += hashes
            let isMultiline = starts(with: "\"\"\"")
            position += isMultiline ? 3 : 1
            codeLine.append(UInt8(ascii: " "))
            modes.append(.string(hashes: hashes, isMultiline: isMultiline))
        } else {
            stepParenthesis(parentheses)
        }
    }

    private mutating func stepParenthesis(_ parentheses: Int) {
        if modes.count > 1, starts(with: "(") {
            modes[modes.count - 1] = .code(parentheses: parentheses + 1)
        } else if modes.count > 1, starts(with: ")") {
            if parentheses == 1 { modes.removeLast() } else { modes[modes.count - 1] = .code(parentheses: parentheses - 1) }
        }
        take(1, asCode: true)
    }

    private mutating func stepString(_ hashes: Int, _ isMultiline: Bool) {
        let marks = String(repeating: "#", count: hashes)
        let end = (isMultiline ? "\"\"\"" : "\"") + marks
        if starts(with: "\\\(marks)(") {
            position += 1 + hashes
            codeLine.append(UInt8(ascii: " "))
            modes.append(.code(parentheses: 0))
            stepParenthesis(0)
        } else if starts(with: "\\\(marks)") {
            position += 1 + hashes
            // The escaped character, unless the line ends here, which an escape may hide but not swallow.
            if position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
        } else if starts(with: end) {
            position += end.utf8.count
            modes.removeLast()
        } else {
            position += 1
        }
    }

    /// Block comments nest.
    private mutating func stepBlockComment() {
        if starts(with: "/*") {
            modes.append(.blockComment)
            take(2, asCode: false)
        } else if starts(with: "*/") {
            modes.removeLast()
            take(2, asCode: false)
        } else {
            take(1, asCode: false)
        }
    }

    /// Passes an identifier in backticks, which can't span lines.
    private mutating func skipIdentifier() {
        repeat { position += 1 } while position < bytes.count && ![UInt8(ascii: "`"), UInt8(ascii: "\n")].contains(bytes[position])
        if starts(with: "`") { position += 1 }
        codeLine.append(UInt8(ascii: "_"))
    }

    /// How many `#` stand before the quote here, or nil if no string literal begins.
    private func openingHashes() -> Int? {
        var index = position
        while index < bytes.count, bytes[index] == UInt8(ascii: "#") { index += 1 }
        return index < bytes.count && bytes[index] == UInt8(ascii: "\"") ? index - position : nil
    }

    private func starts(with text: String) -> Bool {
        bytes[position...].starts(with: text.utf8)
    }

    private mutating func take(_ count: Int, asCode isCode: Bool) {
        let taken = bytes[position..<position + count]
        if isCode { codeLine += taken } else { commentLine += taken }
        position += count
    }
}
