import RoadsteadMetrics

/// The cells of what is counted per shard.
struct ShardCells {
    let slowClientPaused: MetricCell
    let acceptPauses: MetricCell
    let loopLag: MetricCell

    init(_ metrics: MetricCells, loop: Int) {
        slowClientPaused = metrics.cell(MetricCatalogue.slowClient, ["pause"])
        acceptPauses = metrics.cell(MetricCatalogue.acceptPauses, ["descriptors"])
        loopLag = metrics.cell(MetricCatalogue.loopLag, ["\(loop)"])
    }
}
