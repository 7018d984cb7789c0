/// Where one series lies in the `MetricCells` that gave it out: asked for once, used for as long as those cells exist.
///
/// It means nothing to any other `MetricCells`.
public struct MetricCell: Sendable, Hashable {
    /// Which operations fit the cell; a wrong one would write over its neighbours.
    enum Shape: UInt8, Sendable {
        case counter, gauge, histogram
    }

    /// First word of the series.
    let offset: UInt32
    /// First word of a histogram's bounds; 0 for others.
    let boundsOffset: UInt32
    /// Number of a histogram's finite bounds; 0 for others.
    let boundsCount: UInt16
    /// What the words at `offset` mean.
    let shape: Shape

    /// Words that the series takes: one for a number; for a histogram its buckets, `+Inf`, and its sum.
    var wordCount: Int {
        switch shape {
        case .counter, .gauge: 1
        case .histogram: Int(boundsCount) + 2
        }
    }
}
