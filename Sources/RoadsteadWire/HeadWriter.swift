/// Writes the head of an HTTP message.
struct HeadWriter {
    private(set) var bytes: [UInt8] = []

    /// Writes a request or status line.
    mutating func line(_ text: String) {
        append(text)
        endLine()
    }

    mutating func field(_ name: String, _ value: String) {
        append(name)
        bytes.append(ASCII.colon)
        bytes.append(ASCII.space)
        append(value)
        endLine()
    }

    mutating func fields(_ fields: some Sequence<HeaderField>) {
        for field in fields { self.field(field.name, field.value) }
    }

    mutating func endLine() {
        bytes.append(ASCII.carriageReturn)
        bytes.append(ASCII.lineFeed)
    }

    mutating func body(_ body: [UInt8]) { bytes.append(contentsOf: body) }

    /// Control characters become spaces: text from a configuration or an operator must not be able to end a line and forge the next.
    private mutating func append(_ text: String) {
        for byte in text.utf8 { bytes.append(ASCII.isControl(byte) && byte != ASCII.tab ? ASCII.space : byte) }
    }
}
