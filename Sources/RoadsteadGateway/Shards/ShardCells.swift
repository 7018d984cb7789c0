import RoadsteadMetrics

/// The cells of what is counted per shard.
struct ShardCells {
    let slowClientPaused: MetricCell
    let slowClientDropped: MetricCell
    let slowClientClosed: MetricCell
    let acceptPauses: MetricCell
    let acceptRefusals: MetricCell
    let addressRefusals: MetricCell
    let loopLag: MetricCell
    let reattachDuration: MetricCell

    /// Makes them, and those whose labels are known from the start, so that a scraper sees zeros before the first event.
    init(_ metrics: MetricCells, loop: Int) {
        slowClientPaused = metrics.cell(MetricCatalogue.slowClient, ["pause"])
        slowClientDropped = metrics.cell(MetricCatalogue.slowClient, ["drop_oldest"])
        slowClientClosed = metrics.cell(MetricCatalogue.slowClient, ["close"])
        acceptPauses = metrics.cell(MetricCatalogue.acceptPauses, ["descriptors"])
        _ = metrics.cell(MetricCatalogue.sessionDuration)
        _ = metrics.cell(MetricCatalogue.upstreamConnectDuration)
        reattachDuration = metrics.cell(MetricCatalogue.reattachDuration)
        for cause in ["protocol_error", "http_request"] { _ = metrics.cell(MetricCatalogue.handshakeFailures, [cause]) }
        for cause in ["missing", "malformed", "untrusted"] { _ = metrics.cell(MetricCatalogue.proxyHeaderFailures, [cause]) }
        for status in [400, 401, 403, 404, 405, 408, 426, 429, 431, 501, 502, 503, 504, 505] {
            _ = metrics.cell(MetricCatalogue.upgradeRefusals, ["\(status)"])
        }
        for version in ["TLSv1.2", "TLSv1.3"] {
            for resumed in ["false", "true"] { _ = metrics.cell(MetricCatalogue.handshakeDuration, [version, resumed]) }
        }
        acceptRefusals = metrics.cell(MetricCatalogue.acceptPauses, ["sessions"])
        addressRefusals = metrics.cell(MetricCatalogue.acceptPauses, ["address"])
        loopLag = metrics.cell(MetricCatalogue.loopLag, ["\(loop)"])
    }
}
