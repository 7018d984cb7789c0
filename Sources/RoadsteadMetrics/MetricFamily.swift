/// All series of one definition on a page.
struct MetricFamily: Sendable {
    /// What they have in common.
    let definition: MetricDefinition
    /// By the values of their labels.
    var series: [[String]: MetricValue] = [:]

    /// Takes in the value that somebody else holds for a series.
    mutating func merge(_ value: MetricValue, labelValues: [String]) {
        if series[labelValues] == nil {
            series[labelValues] = value
        } else {
            series[labelValues]?.merge(value, as: definition)
        }
    }

    /// The series in the order of a page: by the first label's value, then the second's and so on.
    var ordered: [(labelValues: [String], value: MetricValue)] {
        series.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { (labelValues: $0.key, value: $0.value) }
    }
}
