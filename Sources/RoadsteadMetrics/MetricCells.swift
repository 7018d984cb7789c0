/// The numbers of one event loop: plain memory that only this loop touches, so that counting costs an addition and no atomic.
///
/// A cell is found once, on the control path, and then written through its index. For a page every loop gives a `snapshot()`,
/// which is a value and may travel; the page merges them.
public final class MetricCells {
    /// Names one series among all: dictionaries are for the control path only.
    private struct Key: Hashable {
        let name: String
        let labelValues: [String]
    }

    /// All numbers, one series after the other. Counters are integers; gauges, sums and the bounds of histograms, which stand before
    /// the first series of their family, are the bits of a `Double`.
    private let words = WordStore()
    /// Every series in the order in which it was asked for.
    private var series: [MetricSeries] = []
    private var cells: [Key: MetricCell] = [:]
    /// Where each histogram family has its bounds; its series share them.
    private var boundsOffsets: [String: UInt32] = [:]

    /// No cells yet.
    public init() {}

    /// Finds the cell of a series or makes it with the value 0, which a page then shows. For the control path.
    ///
    /// - Parameter labelValues: One for each of the definition's labels, in its order.
    public func cell(_ definition: MetricDefinition, _ labelValues: [String] = []) -> MetricCell {
        precondition(
            labelValues.count == definition.labels.count,
            "\(definition.name) takes \(definition.labels.count) label values (\(definition.labels)), not \(labelValues.count).")
        let key = Key(name: definition.name, labelValues: labelValues)
        if let cell = cells[key] { return cell }
        let cell = makeCell(definition)
        series.append(MetricSeries(definition: definition, labelValues: labelValues, cell: cell))
        cells[key] = cell
        return cell
    }

    /// Counts `amount` more. A counter that passes 2^64 begins again at 0, which Prometheus takes for a restart.
    public func add(_ amount: UInt64 = 1, to cell: MetricCell) {
        precondition(cell.shape == .counter, "Only a counter can be added to.")
        words[Int(cell.offset)] &+= amount
    }

    /// Moves a gauge up or down.
    public func adjust(_ cell: MetricCell, by change: Int) {
        precondition(cell.shape == .gauge, "Only a gauge can be adjusted.")
        let index = Int(cell.offset)
        words[index] = (Double(bitPattern: words[index]) + Double(change)).bitPattern
    }

    /// Sets a gauge.
    public func set(_ cell: MetricCell, to value: Double) {
        precondition(cell.shape == .gauge, "Only a gauge can be set.")
        words[Int(cell.offset)] = value.bitPattern
    }

    /// Records an observation in the metric's base unit (seconds, bytes). What is not a number is not recorded: it would turn
    /// the sum into one for good.
    public func observe(_ value: Double, in cell: MetricCell) {
        precondition(cell.shape == .histogram, "Only a histogram can observe.")
        guard !value.isNaN else { return }
        let first = Int(cell.boundsOffset)
        let count = Int(cell.boundsCount)
        var bucket = 0
        // A dozen bounds or so, and most values among the first: a straight walk beats a search by halves.
        while bucket < count, value > Double(bitPattern: words[first + bucket]) { bucket += 1 }
        let offset = Int(cell.offset)
        words[offset + bucket] &+= 1
        let sum = offset + count + 1
        words[sum] = (Double(bitPattern: words[sum]) + value).bitPattern
    }

    /// The numbers of this moment. The loop pays for one copy of a few KiB; decoding and merging are left to whoever makes the page.
    public func snapshot() -> MetricSnapshot {
        MetricSnapshot(series: series, words: words.all)
    }

    /// A cell behind the last one, and bounds for it if it is the first of its family.
    private func makeCell(_ definition: MetricDefinition) -> MetricCell {
        switch definition.kind {
        case .counter:
            return MetricCell(offset: UInt32(words.append(1)), boundsOffset: 0, boundsCount: 0, shape: .counter)
        case .gauge:
            return MetricCell(offset: UInt32(words.append(1)), boundsOffset: 0, boundsCount: 0, shape: .gauge)
        case .histogram(let buckets):
            let bounds = boundsOffset(definition, buckets)
            // The buckets, +Inf, and the sum.
            let offset = UInt32(words.append(buckets.count + 2))
            return MetricCell(offset: offset, boundsOffset: bounds, boundsCount: UInt16(buckets.count), shape: .histogram)
        }
    }

    /// Where a histogram family has its bounds, which are written down when its first series is made.
    private func boundsOffset(_ definition: MetricDefinition, _ buckets: [Double]) -> UInt32 {
        if let offset = boundsOffsets[definition.name] { return offset }
        let first = words.append(buckets.count)
        for (index, bound) in buckets.enumerated() { words[first + index] = bound.bitPattern }
        boundsOffsets[definition.name] = UInt32(first)
        return UInt32(first)
    }
}

/// One loop, one thread: what leaves it is a `MetricSnapshot`.
@available(*, unavailable)
extension MetricCells: Sendable {}
