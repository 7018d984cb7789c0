import RoadsteadConfig
import RoadsteadMetrics
import RoadsteadWire

/// How one route's messages are compressed, towards its clients and its upstream.
struct RouteCompression {
    /// What clients' offers are answered by.
    let policy: DeflatePolicy
    private let configuration: CompressionConfiguration
    private let received: CompressionMeter
    private let sent: CompressionMeter

    /// `nil` if the route has no compression.
    init?(_ route: RouteConfiguration, cells: MetricCells) {
        guard route.compression.enabled else { return nil }
        configuration = route.compression
        policy = DeflatePolicy(
            // A message that is dropped from the queue is one that later messages must not refer to.
            sendsWithTakeover: configuration.contextTakeover && route.limits.onSlowClient != .dropOldest,
            receivesWithTakeover: configuration.contextTakeover, windowBits: configuration.windowBits)
        func meter(_ direction: String) -> CompressionMeter {
            CompressionMeter(
                cells: cells, compressed: cells.cell(MetricCatalogue.compressedBytes, [route.name, direction]),
                uncompressed: cells.cell(MetricCatalogue.uncompressedBytes, [route.name, direction]))
        }
        received = meter("received")
        sent = meter("sent")
    }

    // MARK: - Clients

    /// What inflates a client's messages.
    func clientInflation(_ agreement: DeflateAgreement, maximumMessageSize: Int, pool: CompressionPool) -> MessageInflation {
        MessageInflation(
            pool: pool, windowBits: agreement.clientWindowBits, keepsContext: !agreement.clientNoContextTakeover,
            maximumMessageSize: maximumMessageSize, meter: received)
    }

    /// What compresses messages to a client.
    func clientCompressor(_ agreement: DeflateAgreement, pool: CompressionPool) -> MessageCompressor {
        MessageCompressor(
            pool: pool, windowBits: agreement.serverWindowBits, keepsContext: !agreement.serverNoContextTakeover,
            minimum: configuration.minimum, meter: sent)
    }

    // MARK: - Upstreams

    /// What an upstream is offered. One that the session may outlive must be able to do without any message that it did not get.
    func offer(isOutlived: Bool) -> DeflateOffer {
        DeflateOffer(
            asksServerForNoTakeover: !configuration.contextTakeover, promisesNoTakeover: isOutlived || !configuration.contextTakeover,
            windowBits: configuration.windowBits)
    }

    /// What inflates an upstream's messages, which may be as long as it likes.
    func upstreamInflation(_ agreement: DeflateAgreement, pool: CompressionPool) -> MessageInflation {
        MessageInflation(
            pool: pool, windowBits: agreement.serverWindowBits, keepsContext: !agreement.serverNoContextTakeover, maximumMessageSize: .max)
    }

    /// What compresses messages to an upstream; `nil` if its window is one that zlib cannot have: then nothing is compressed, which is
    /// always allowed.
    func upstreamCompressor(_ agreement: DeflateAgreement, pool: CompressionPool) -> MessageCompressor? {
        guard agreement.clientWindowBits > 8 else { return nil }
        return MessageCompressor(
            pool: pool, windowBits: agreement.clientWindowBits, keepsContext: !agreement.clientNoContextTakeover,
            minimum: configuration.minimum, meter: nil)
    }
}
