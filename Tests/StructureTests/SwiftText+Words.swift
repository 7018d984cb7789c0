extension SwiftText {
    /// The identifiers, keywords and numbers of a line, in order.
    static func words(_ line: String) -> [String] {
        line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    }

    /// How many braces are open where each line begins.
    var depths: [Int] {
        var depth = 0
        return code.map { line in
            defer { depth += line.utf8.count { $0 == UInt8(ascii: "{") } - line.utf8.count { $0 == UInt8(ascii: "}") } }
            return depth
        }
    }
}
