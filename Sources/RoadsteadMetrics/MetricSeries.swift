/// One series of a family: the definition, the values of its labels, and where its words are.
struct MetricSeries: Sendable {
    /// The family.
    let definition: MetricDefinition
    /// One value for each of the definition's labels.
    let labelValues: [String]
    /// Where the numbers are.
    let cell: MetricCell

    /// What the words of this series say.
    func value(in words: [UInt64]) -> MetricValue {
        let first = Int(cell.offset)
        switch cell.shape {
        case .counter:
            return .number(Double(words[first]))
        case .gauge:
            return .number(Double(bitPattern: words[first]))
        case .histogram:
            let last = first + cell.wordCount - 1
            return .histogram(counts: Array(words[first..<last]), sum: Double(bitPattern: words[last]))
        }
    }
}
