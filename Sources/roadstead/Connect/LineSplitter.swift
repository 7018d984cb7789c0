/// Bytes in, lines out, without their line feeds.
struct LineSplitter {
    private var rest: [UInt8] = []

    /// Takes the next bytes of the input.
    ///
    /// - Returns: the lines that are complete now.
    mutating func feed(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var pieces = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let last = pieces.removeLast()
        for piece in pieces {
            lines.append(rest + piece)
            rest = []
        }
        rest += last
        return lines
    }

    /// The input has ended.
    ///
    /// - Returns: a last line that has no line feed.
    mutating func finish() -> [UInt8]? {
        defer { rest = [] }
        return rest.isEmpty ? nil : rest
    }
}
