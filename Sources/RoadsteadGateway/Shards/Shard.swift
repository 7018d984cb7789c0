import Logging
import RoadsteadConfig
import RoadsteadLoop
import RoadsteadMachines
import RoadsteadMetrics

/// One event loop's world as the rest of the process reaches it: an actor whose executor is the loop, so that every call runs
/// between two wake-ups of that loop, and only values come out.
actor Shard {
    /// The loop that this actor lives on.
    nonisolated let loop: EventLoop
    private let core: ShardCore

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        loop.asUnownedSerialExecutor()
    }

    init(loop: EventLoop, runtime: GatewayRuntime, share: LoopShare, logger: Logger) {
        self.loop = loop
        core = ShardCore(loop: loop, runtime: runtime, share: share, logger: logger)
    }

    /// Begins to accept on these listening sockets, which the loop owns from now on.
    func start(_ listeners: [(descriptor: Int32, runtime: ListenerRuntime)], report: @escaping UpstreamReport) throws(LoopError) {
        try core.start(listeners, report: report)
    }

    /// Where the first `count` sessions that match come, in order.
    func places(_ query: SessionQuery, first count: Int) -> [SessionQuery.Place] { query.select(from: core, first: count) }

    /// Those of these sessions that are here, live or among the latest closed.
    func sessions(_ ids: Set<SessionID>) -> [SessionSnapshot] {
        let live = ids.compactMap { core.sessions[$0]?.snapshot() }
        return live.count == ids.count ? live : live + core.closed.all.filter { ids.contains($0.id) }
    }

    /// One session, live or among the latest closed.
    func session(_ id: SessionID) -> SessionSnapshot? { core.sessions[id]?.snapshot() ?? core.closed.first(id) }

    /// Closes a session by an operator's wish. False: there is no such live session here.
    func kick(_ id: SessionID, code: UInt16, reason: String) -> Bool {
        guard let session = core.sessions[id], session.machine.closeRecord == nil else { return false }
        session.perform(session.machine.close(code: code, reason: reason, cause: .kicked, by: .gateway, at: loop.now))
        return true
    }

    /// What the upstreams look like from here, in the order of the configuration.
    func pools() -> [PoolSnapshot] { core.pools.map { $0.snapshot() } }

    /// The process has a new opinion of an endpoint. From any thread; in order.
    nonisolated func endpointChanged(_ upstream: Int, _ endpoint: Int, _ status: EndpointStatus) {
        loop.execute { self.assumeIsolated { $0.core.endpointChanged(upstream, endpoint, status) } }
    }

    /// Connections that are accepted from now on belong to these listeners, which have the names of the ones at start.
    func reloaded(_ listeners: [ListenerRuntime]) { core.reloaded(listeners) }

    /// The queues of all loops together mean something else now. From any thread; in order.
    nonisolated func memoryChanged(_ change: MemoryWatch.Change) {
        loop.execute { self.assumeIsolated { $0.core.memoryChanged(change) } }
    }

    /// Evens out an upstream's sessions over its endpoints, as far as this loop has them.
    func rebalance(_ upstream: Int) { core.movers[upstream].rebalance() }

    /// Everything counted here, and what can only be counted now.
    func measurements() -> MetricSnapshot {
        var snapshot = core.metrics.snapshot()
        core.addGauges(to: &snapshot)
        return snapshot
    }

    /// Stops accepting and closes the sessions, paced. Returns when none is left or the period is over.
    func drain(_ pace: DrainConfiguration) async {
        await withCheckedContinuation { continuation in
            core.beginDrain(pace) { continuation.resume() }
        }
    }
}
