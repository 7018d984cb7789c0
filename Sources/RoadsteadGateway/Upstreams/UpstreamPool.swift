import RoadsteadConfig
import RoadsteadLoop
import RoadsteadMachines
import RoadsteadMetrics

/// One shard's connections to one upstream: carries out what its `PoolMachine` decides. Loop-confined.
final class UpstreamPool {
    /// A session that waits, and the attempt made for it.
    private struct Waiting {
        let session: ClientSession
        var link: UpstreamLink?
    }

    let runtime: UpstreamRuntime
    let context: LoopContext
    let metrics: MetricCells
    private(set) var machine: PoolMachine
    private var waiting: [UInt64: Waiting] = [:]
    private var lastLease: UInt64 = 0
    private let connectDuration: MetricCell
    private var failures: [UInt64]

    init(_ runtime: UpstreamRuntime, context: LoopContext, metrics: MetricCells, share: LoopShare) {
        self.runtime = runtime
        self.context = context
        self.metrics = metrics
        let configuration = runtime.configuration
        failures = Array(repeating: 0, count: runtime.endpoints.count)
        connectDuration = metrics.cell(MetricCatalogue.upstreamConnectDuration)
        machine = PoolMachine(
            endpoints: runtime.endpoints.count, balance: configuration.balance == .roundRobin ? .roundRobin : .leastSessions,
            maximum: share.part(of: configuration.pool.maximum), offset: share.index)
    }

    /// Finds the session an upstream connection; it hears `attached` or `upstreamRefused`.
    func lease(for session: ClientSession) {
        lastLease += 1
        session.lease = lastLease
        waiting[lastLease] = Waiting(session: session)
        perform(machine.leaseRequested(lastLease))
    }

    /// The session went away before it was attached.
    func abandon(_ session: ClientSession) {
        guard let lease = session.lease, let entry = waiting.removeValue(forKey: lease) else { return }
        entry.link?.drop()
        machine.released(lease)
    }

    /// A link is attached: its session opens.
    func attached(_ link: UpstreamLink, subprotocol: String?, after duration: Duration) {
        guard let entry = waiting.removeValue(forKey: link.lease) else { return link.drop() }
        metrics.observe(duration.seconds, in: connectDuration)
        machine.attached(link.lease)
        link.session = entry.session
        entry.session.attached(to: link, subprotocol: subprotocol)
    }

    /// An attempt failed.
    func attemptFailed(_ link: UpstreamLink, _ refusal: PoolRefusal) { attemptFailed(lease: link.lease, link.endpoint, refusal) }

    private func attemptFailed(lease: UInt64, _ endpoint: Int, _ refusal: PoolRefusal) {
        failures[endpoint] += 1
        waiting[lease]?.link = nil
        if let action = machine.attemptFailed(lease, refusal) { perform(action) }
    }

    /// A link is gone for good.
    func released(_ lease: UInt64) { machine.released(lease) }

    private func perform(_ action: PoolMachine.Action) {
        switch action {
        case .connect(let lease, let endpoint):
            connect(lease, endpoint)
        case .refuse(let lease, let refusal):
            waiting.removeValue(forKey: lease)?.session.upstreamRefused(refusal)
        }
    }

    private func connect(_ lease: UInt64, _ endpoint: Int) {
        guard let session = waiting[lease]?.session else { return machine.released(lease) }
        let target = runtime.endpoints[endpoint]
        let secure = target.address.isSecure
        let headers = session.upstreamRequest(
            path: target.address.path, host: target.address.unixPath == nil ? target.address.authority : "localhost",
            key: UpstreamLink.newKey())
        guard let headers else { return machine.released(lease) }
        let link = UpstreamLink(pool: self, lease: lease, endpoint: endpoint, request: headers, tls: secure ? runtime.tls : nil)
        waiting[lease]?.link = link
        do {
            try link.begin(target.addresses[...])
        } catch {
            attemptFailed(lease: lease, endpoint, .unreachable(error.words))
        }
    }

    /// What operators see.
    func snapshot() -> [EndpointSnapshot] {
        runtime.endpoints.indices.map {
            EndpointSnapshot(
                upstream: runtime.configuration.name, address: runtime.endpoints[$0].address.text, sessions: machine.connections[$0],
                failures: failures[$0])
        }
    }
}
