import RoadsteadConfig
import RoadsteadLoop
import RoadsteadTLS

/// The configuration with everything that was loaded for it, shared by all shards: immutable.
final class GatewayRuntime: Sendable {
    let configuration: Configuration
    let listeners: [ListenerRuntime]
    let upstreams: [UpstreamRuntime]
    let budget: SessionBudget
    /// `nil` without `limits.memory`.
    let memory: MemoryWatch?
    let addresses: AddressBudget
    /// What new clients leave to others.
    let reserve: DescriptorReserve

    /// - Parameter loops: how many there will be.
    init(_ configuration: Configuration, loops: Int) throws(TLSError) {
        self.configuration = configuration
        var listeners: [ListenerRuntime] = []
        for listener in configuration.listeners { listeners.append(try ListenerRuntime(listener)) }
        self.listeners = listeners
        var upstreams: [UpstreamRuntime] = []
        for upstream in configuration.upstreams { upstreams.append(try UpstreamRuntime(upstream)) }
        self.upstreams = upstreams
        budget = SessionBudget(seats: configuration.limits.sessions)
        let limit = configuration.limits.memory
        memory = limit > 0 ? MemoryWatch(limit: limit, loops: loops, at: .now) : nil
        reserve = DescriptorReserve(of: DescriptorLimit.current)
        addresses = AddressBudget(limit: configuration.limits.sessionsPerAddress)
    }

    /// Looks up the names of endpoints. Blocks: never on a loop.
    func resolveNames() {
        for upstream in upstreams {
            for endpoint in upstream.endpoints { endpoint.resolve() }
        }
    }
}
