/// Reads header fields up to the empty line that ends them, byte by byte (RFC 9112 section 5).
///
/// ```
///  lineStart -> name -> value -> lineEnd -> lineStart ...      lineStart -> sectionEnd: done
/// ```
struct FieldSectionParser: Sendable {
    private enum State {
        /// At a line's first byte. Can become: name, sectionEnd.
        case lineStart
        /// In a field's name. Can become: value.
        case name
        /// Behind the colon, up to the CR. Can become: lineEnd.
        case value
        /// A CR ended a field; an LF must follow. Can become: lineStart.
        case lineEnd
        /// A CR began an empty line; an LF must follow, which ends the section.
        case sectionEnd
    }

    private var state = State.lineStart
    private var name: [UInt8] = []
    private var value: [UInt8] = []
    private var validator = UTF8Validator()
    /// The fields read so far.
    private(set) var fields = HeaderFields()

    /// Takes one byte.
    ///
    /// - Returns: whether it was the last of the section.
    mutating func append(_ byte: UInt8) throws(HTTPHeadError) -> Bool {
        switch state {
        case .lineStart:
            try beginLine(byte)
        case .name:
            try continueName(byte)
        case .value:
            try continueValue(byte)
        case .lineEnd:
            guard byte == ASCII.lineFeed else { throw .bareLineBreak }
            state = .lineStart
        case .sectionEnd:
            guard byte == ASCII.lineFeed else { throw .bareLineBreak }
            return true
        }
        return false
    }

    private mutating func beginLine(_ byte: UInt8) throws(HTTPHeadError) {
        if byte == ASCII.carriageReturn {
            state = .sectionEnd
            return
        }
        guard byte != ASCII.lineFeed else { throw .bareLineBreak }
        guard !ASCII.isWhitespace(byte) else { throw .foldedField }
        guard ASCII.isToken(byte) else { throw .invalidFieldName }
        name.append(byte)
        state = .name
    }

    private mutating func continueName(_ byte: UInt8) throws(HTTPHeadError) {
        if byte == ASCII.colon {
            state = .value
            return
        }
        guard !ASCII.isWhitespace(byte) else { throw .whitespaceBeforeColon }
        guard ASCII.isToken(byte) else { throw .invalidFieldName }
        name.append(byte)
    }

    private mutating func continueValue(_ byte: UInt8) throws(HTTPHeadError) {
        if byte == ASCII.carriageReturn {
            guard validator.isComplete else { throw .invalidFieldValue }
            finishField()
            state = .lineEnd
            return
        }
        guard byte != ASCII.lineFeed else { throw .bareLineBreak }
        guard !ASCII.isControl(byte) || byte == ASCII.tab, validator.append(byte) else { throw .invalidFieldValue }
        if value.isEmpty && ASCII.isWhitespace(byte) { return }
        value.append(byte)
    }

    private mutating func finishField() {
        while let last = value.last, ASCII.isWhitespace(last) { value.removeLast() }
        fields.append(String(decoding: name, as: UTF8.self), String(decoding: value, as: UTF8.self))
        name.removeAll(keepingCapacity: true)
        value.removeAll(keepingCapacity: true)
    }
}
