import RoadsteadMetrics

/// Counts what compression makes of one direction of a route's clients.
package struct CompressionMeter {
    let cells: MetricCells
    /// As it is on the wire.
    let compressed: MetricCell
    /// The same messages without it.
    let uncompressed: MetricCell

    func count(compressed wireBytes: Int, uncompressed bytes: Int) {
        cells.add(UInt64(wireBytes), to: compressed)
        cells.add(UInt64(bytes), to: uncompressed)
    }
}
