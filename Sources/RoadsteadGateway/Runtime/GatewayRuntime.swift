import RoadsteadConfig
import RoadsteadTLS

/// The configuration with everything that was loaded for it, shared by all shards: immutable.
final class GatewayRuntime: Sendable {
    let configuration: Configuration
    let listeners: [ListenerRuntime]
    let upstreams: [UpstreamRuntime]
    let budget: SessionBudget

    init(_ configuration: Configuration) throws(TLSError) {
        self.configuration = configuration
        var listeners: [ListenerRuntime] = []
        for listener in configuration.listeners { listeners.append(try ListenerRuntime(listener)) }
        self.listeners = listeners
        var upstreams: [UpstreamRuntime] = []
        for upstream in configuration.upstreams { upstreams.append(try UpstreamRuntime(upstream)) }
        self.upstreams = upstreams
        budget = SessionBudget(seats: configuration.limits.sessions)
    }

    /// Looks up the names of endpoints. Blocks: never on a loop.
    func resolveNames() {
        for upstream in upstreams {
            for endpoint in upstream.endpoints { endpoint.resolve() }
        }
    }
}
