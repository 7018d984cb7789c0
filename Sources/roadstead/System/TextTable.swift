/// Rows of words, aligned for a terminal.
struct TextTable {
    /// One column's heading, and how its cells stand.
    struct Column {
        /// The heading.
        var title: String
        /// Whether the cells stand at the right, as numbers do.
        var isNumber = false
    }

    private let columns: [Column]
    private var rows: [[String]] = []

    /// A table without rows.
    init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row; it has as many cells as there are columns. An empty cell shows as a dash, so that columns can be counted.
    mutating func append(_ cells: [String]) {
        precondition(cells.count == columns.count, "a row has a cell for each column")
        rows.append(cells.map { $0.isEmpty ? "-" : TerminalText.escaped($0) })
    }

    /// The heading and the rows, each line ended, two spaces between columns.
    var text: String {
        let lines = [columns.map(\.title)] + rows
        let widths = columns.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            let cells = columns.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - line[column].count)
                return columns[column].isNumber ? space + line[column] : line[column] + space
            }
            // Nobody sees spaces at the end of a line, but scripts meet them.
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }
}
