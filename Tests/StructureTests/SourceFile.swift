/// One text file of the package.
struct SourceFile {
    /// From the package's root, such as `Sources/RoadsteadLoop/EventLoop.swift`.
    let path: String
    /// The whole text.
    let text: String
    /// Code and comments apart; empty for files that are not Swift.
    let swift: SwiftText

    /// Reads a text that may as well be a literal in a test.
    init(path: String, text: String) {
        self.path = path
        self.text = text
        swift = SwiftText(path.hasSuffix(".swift") ? text : "")
    }

    /// The last part of the path.
    var name: String {
        String(path.split(separator: "/").last ?? "")
    }

    /// Number of lines, an unfinished last one included.
    var lineCount: Int {
        text.utf8.count { $0 == UInt8(ascii: "\n") } + (text.isEmpty || text.hasSuffix("\n") ? 0 : 1)
    }

    /// `path:line: message`, as compilers write it. `index` counts from 0.
    func complaint(_ index: Int, _ message: String) -> String {
        "\(path):\(index + 1): \(message)"
    }
}
