import RoadsteadConfig
import RoadsteadMachines
import RoadsteadMetrics
import RoadsteadWire

/// One route as one shard uses it.
final class RouteRuntime {
    /// The cells of what is counted per route.
    struct Metrics {
        let receivedMessages: MetricCell
        let receivedBytes: MetricCell
        let sentMessages: MetricCell
        let sentBytes: MetricCell
        let roundTrip: MetricCell
        let reattached: MetricCell
        let rateLimited: MetricCell
    }

    /// Its place in the configuration.
    let index: Int
    let configuration: RouteConfiguration
    let policy: SessionPolicy
    /// `nil` if nothing is compressed.
    let compression: RouteCompression?
    let isEcho: Bool
    /// `nil` for echo.
    let pool: UpstreamPool?
    let metrics: Metrics

    init(_ configuration: RouteConfiguration, index: Int, pool: UpstreamPool?, cells: MetricCells) {
        self.index = index
        self.configuration = configuration
        self.pool = pool
        isEcho = configuration.target == .echo
        policy = SessionPolicy(configuration)
        compression = RouteCompression(configuration, cells: cells)
        let name = configuration.name
        _ = cells.cell(MetricCatalogue.sessionsOpened, [name])
        _ = cells.cell(MetricCatalogue.heartbeatTimeouts, [name])
        for result in ["moved", "expired", "cut", "client_gone", "closed"] where pool != nil {
            _ = cells.cell(MetricCatalogue.reattachments, [name, result])
        }
        _ = cells.cell(MetricCatalogue.sessionsClosed, [name, ClosedBy.client.rawValue, CloseCause.normal.rawValue])
        metrics = Metrics(
            receivedMessages: cells.cell(MetricCatalogue.messages, [name, "received"]),
            receivedBytes: cells.cell(MetricCatalogue.messageBytes, [name, "received"]),
            sentMessages: cells.cell(MetricCatalogue.messages, [name, "sent"]),
            sentBytes: cells.cell(MetricCatalogue.messageBytes, [name, "sent"]),
            roundTrip: cells.cell(MetricCatalogue.heartbeatRTT, [name]),
            reattached: cells.cell(MetricCatalogue.reattachments, [name, "reattached"]),
            rateLimited: cells.cell(MetricCatalogue.rateLimited, [name]))
    }

    /// Whether a request is this route's.
    func matches(host: String, path: String) -> Bool {
        RoutePattern.matches(host: host, pattern: configuration.match.host)
            && RoutePattern.matches(path: path, pattern: configuration.match.path)
    }

    /// Why a good upgrade is still not let in.
    func refusal(origin: String?) -> Refusal? {
        if configuration.authentication != nil {
            return Refusal(
                status: 401, explanation: "authentication required",
                headers: [HeaderField(name: "WWW-Authenticate", value: "Bearer")])
        }
        // Browsers always say their origin: without one, there is no site to keep out.
        if let origin, !configuration.origins.isEmpty, !configuration.origins.contains(origin) {
            return Refusal(status: 403, explanation: "origin not allowed")
        }
        return nil
    }

    /// The first subprotocol that the client offers and the route has (RFC 6455 section 4.2.2).
    func chosenSubprotocol(from offered: [String]) -> String? { offered.first(where: configuration.subprotocols.contains) }
}

extension SessionPolicy {
    /// The route's durations.
    init(_ route: RouteConfiguration) {
        self.init(
            handshake: route.timeouts.handshake, idle: route.timeouts.idle, lifetime: route.timeouts.lifetime, close: route.timeouts.close,
            heartbeat: HeartbeatPolicy(interval: route.heartbeat.interval, timeout: route.heartbeat.timeout))
    }
}
