/// The numbers of one loop, or of several merged, at one moment: a value that may travel between threads.
public struct MetricSnapshot: Sendable {
    /// What a loop handed over and nobody has decoded yet: that is done on the thread that makes the page.
    private struct Reading: Sendable {
        let series: [MetricSeries]
        let words: [UInt64]
    }

    private var readings: [Reading] = []
    /// By name.
    private var families: [String: MetricFamily] = [:]

    /// Nothing.
    public init() {}

    /// What `MetricCells` hold.
    init(series: [MetricSeries], words: [UInt64]) {
        readings = [Reading(series: series, words: words)]
    }

    /// Takes in another loop's numbers: counters and histograms add up, and so do gauges but for those whose definition says that
    /// the largest stands.
    public mutating func merge(_ other: MetricSnapshot) {
        readings.append(contentsOf: other.readings)
        guard !other.families.isEmpty else { return }
        decode()
        for family in other.families.values {
            for (labelValues, value) in family.series {
                families[family.definition.name, default: MetricFamily(definition: family.definition)]
                    .merge(value, labelValues: labelValues)
            }
        }
    }

    /// Sets a counter or gauge that no loop counts, such as the process's memory, whatever it was.
    public mutating func set(_ definition: MetricDefinition, _ labelValues: [String] = [], to value: Double) {
        precondition(
            labelValues.count == definition.labels.count,
            "\(definition.name) takes \(definition.labels.count) label values (\(definition.labels)), not \(labelValues.count).")
        if case .histogram = definition.kind { preconditionFailure("A histogram is observed, not set.") }
        decode()
        families[definition.name, default: MetricFamily(definition: definition)].series[labelValues] = .number(value)
    }

    /// The value of a series, or nil if there is none. Of a histogram: how many observations it has.
    public func value(_ definition: MetricDefinition, _ labelValues: [String] = []) -> Double? {
        switch decoded().families[definition.name]?.series[labelValues] {
        case .number(let value): value
        case .histogram(let counts, _): Double(counts.reduce(0, &+))
        case nil: nil
        }
    }

    /// The sum of a histogram's observations in its base unit, or nil if there is no such histogram.
    public func sum(_ definition: MetricDefinition, _ labelValues: [String] = []) -> Double? {
        switch decoded().families[definition.name]?.series[labelValues] {
        case .histogram(_, let sum): sum
        case .number, nil: nil
        }
    }

    /// The page, each family once with its help and type, in the order of `MetricCatalogue`, then label values. Families that it
    /// does not know come last, by name.
    public func text(_ format: MetricFormat) -> String {
        var page = MetricPage(format: format)
        let places = MetricCatalogue.places
        let ordered = decoded().families.values.sorted { first, second in
            let (one, two) = (places[first.definition.name] ?? places.count, places[second.definition.name] ?? places.count)
            return one == two ? first.definition.name < second.definition.name : one < two
        }
        for family in ordered { page.append(family) }
        return page.finished()
    }

    /// Turns readings into families.
    private mutating func decode() {
        for reading in readings {
            for series in reading.series {
                families[series.definition.name, default: MetricFamily(definition: series.definition)]
                    .merge(series.value(in: reading.words), labelValues: series.labelValues)
            }
        }
        readings = []
    }

    private func decoded() -> MetricSnapshot {
        var copy = self
        copy.decode()
        return copy
    }
}
