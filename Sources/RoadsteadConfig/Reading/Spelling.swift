/// Guesses what somebody meant to write.
enum Spelling {
    /// The known word with the fewest edits from `word`, if there are few enough for a slip; ties go to the first.
    static func nearest(to word: String, among known: [String]) -> String? {
        guard let best = closest(to: word, among: known) else { return nil }
        return distance(Array(word.utf8), Array(best.utf8)) <= max(2, word.utf8.count / 3) ? best : nil
    }

    /// The known word with the fewest edits from `word`, however many; ties go to the first.
    static func closest(to word: String, among known: [String]) -> String? {
        known.min { distance(Array(word.utf8), Array($0.utf8)) < distance(Array(word.utf8), Array($1.utf8)) }
    }

    /// Insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment).
    static func distance(_ first: [UInt8], _ second: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...second.count)
        for (row, byte) in first.enumerated() {
            var current = [row + 1]
            for (column, other) in second.enumerated() {
                var edits = min(current[column] + 1, last[column + 1] + 1, last[column] + (byte == other ? 0 : 1))
                if row > 0, column > 0, byte == second[column - 1], first[row - 1] == other {
                    edits = min(edits, beforeLast[column - 1] + 1)
                }
                current.append(edits)
            }
            (beforeLast, last) = (last, current)
        }
        return last[second.count]
    }
}
