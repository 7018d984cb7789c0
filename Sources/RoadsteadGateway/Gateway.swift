import Logging
import RoadsteadConfig
import RoadsteadLoop
import RoadsteadMachines
import RoadsteadMetrics
import Synchronization

/// A running gateway: its shards, its admin listener, and what concerns all of them.
public final class Gateway: Sendable {
    /// A listener that is bound.
    public struct Address: Sendable, Equatable {
        /// The listener's name.
        public var name: String
        /// host:port or unix:/path, with the port that was bound.
        public var address: String
        /// Whether it speaks TLS.
        public var isSecure: Bool
    }

    private struct State {
        var addresses: [Address] = []
        var adminAddress = ""
        var admin: AdminListener?
        var isDraining = false
        var isListening = false
        var certificateWatch: Task<Void, Never>?
        /// Of unix sockets, to be removed at the end.
        var files: [SocketFile] = []
    }

    let runtime: GatewayRuntime
    let shards: [Shard]
    /// Judges the endpoints of upstreams for all shards.
    let supervisor: UpstreamSupervisor
    private let resolver: NameResolver
    let version: String
    let startedAt = ContinuousClock.now
    let logger: Logger
    /// Where the configuration is read again; nil if it is not.
    let source: ConfigurationSource?
    let clock: CertificateClock
    private let droppedLogLines: @Sendable () -> Int
    let reloads = ReloadQueue()
    /// What reloads change.
    let live: Mutex<LiveConfiguration>
    private let state = Mutex(State())

    /// Loads certificates; binds nothing.
    ///
    /// - Parameters:
    ///   - source: where the configuration is read again on a reload; without one there are no reloads.
    ///   - clock: by which certificates expire.
    ///   - droppedLogLines: how many lines the log had no room for; any thread asks.
    public init(
        _ configuration: Configuration, version: String, logger: Logger, source: ConfigurationSource? = nil,
        clock: CertificateClock = .daily, droppedLogLines: @escaping @Sendable () -> Int = { 0 }
    ) throws(GatewayError) {
        self.version = version
        self.logger = logger
        self.source = source
        self.clock = clock
        self.droppedLogLines = droppedLogLines
        let count = configuration.loops == 0 ? ProcessorCount.available : configuration.loops
        do {
            runtime = try GatewayRuntime(configuration, loops: count)
        } catch {
            throw .tls("\(error)")
        }
        live = Mutex(LiveConfiguration(listeners: runtime.listeners))
        var shards: [Shard] = []
        for index in 0..<count {
            do {
                let loop = try EventLoop(name: "loop-\(index)")
                shards.append(Shard(loop: loop, runtime: runtime, share: LoopShare(index: index, count: count), logger: logger))
            } catch {
                throw .system("\(error)")
            }
        }
        self.shards = shards
        let resolver = try NameResolver(upstreams: runtime.upstreams, logger: logger)
        self.resolver = resolver
        supervisor = try UpstreamSupervisor(upstreams: runtime.upstreams, logger: logger, resolve: resolver.resolve) {
            [shards] upstream, endpoint, status in
            for shard in shards { shard.endpointChanged(upstream, endpoint, status) }
        }
    }

    /// The listeners, bound.
    public var addresses: [Address] { state.withLock { $0.addresses } }

    /// The operators' listener, bound.
    public var adminAddress: String { state.withLock { $0.adminAddress } }

    /// Not yet listening, or no longer: `/readyz` says so.
    var isReady: Bool { state.withLock { $0.isListening && !$0.isDraining } }

    /// Binds every listener, then serves.
    public func start() async throws(GatewayError) {
        watchMemory()
        runtime.resolveNames()
        var sockets: [ListeningSockets] = []
        for listener in runtime.configuration.listeners {
            do throws(GatewayError) {
                sockets.append(try ListeningSockets(listener, loops: shards.count))
            } catch {
                for bound in sockets { bound.close() }
                throw error
            }
        }
        let admin = try AdminListener(gateway: self, configuration: runtime.configuration.admin, logger: logger)
        for shard in shards { shard.loop.start() }
        // Weak: the supervisor knows the shards, and they would keep each other.
        let report: UpstreamReport = { [weak supervisor] upstream, endpoint, report in
            supervisor?.report(report, upstream: upstream, endpoint: endpoint)
        }
        for (index, shard) in shards.enumerated() {
            var listeners: [(descriptor: Int32, runtime: ListenerRuntime)] = []
            for (position, bound) in sockets.enumerated() {
                for descriptors in bound.descriptors { listeners.append((descriptors[index], runtime.listeners[position])) }
            }
            do { try await shard.start(listeners, report: report) } catch { throw .system("\(error)") }
        }
        warnOfSmallPools()
        reviewCertificates()
        resolver.start()
        await supervisor.start()
        // Last, because it asks all the others.
        try await admin.start()
        let addresses = zip(runtime.listeners, sockets).map {
            Address(name: $0.configuration.name, address: $1.address, isSecure: $0.tls != nil)
        }
        state.withLock {
            $0 = State(
                addresses: addresses, adminAddress: admin.address, admin: admin, isDraining: false, isListening: true,
                certificateWatch: watchCertificates(), files: sockets.compactMap(\.file))
        }
        for listener in addresses {
            logger.notice(
                "listening", metadata: ["listener": "\(listener.name)", "address": "\(listener.address)", "tls": "\(listener.isSecure)"])
        }
    }

    private func warnOfSmallPools() {
        for upstream in runtime.upstreams where upstream.configuration.pool.maximum < shards.count {
            logger.warning(
                "pool.maximum is less than the number of loops; each loop makes one connection nevertheless",
                metadata: [
                    "upstream": "\(upstream.configuration.name)", "maximum": "\(upstream.configuration.pool.maximum)",
                    "loops": "\(shards.count)",
                ])
        }
    }

    /// Stops accepting and closes the sessions with 1001, paced. Returns when none is left or the period is over.
    public func drain(period: Duration? = nil, spread: Duration? = nil) async {
        state.withLock { $0.isDraining = true }
        var pace = runtime.configuration.drain
        if let period { pace.period = period }
        if let spread { pace.spread = spread }
        await withTaskGroup { group in
            for shard in shards { group.addTask { [pace] in await shard.drain(pace) } }
        }
    }

    /// Ends the loops; whatever is still open is cut.
    public func stop() async {
        let (admin, files) = state.withLock { state in
            state.isListening = false
            state.certificateWatch?.cancel()
            return (state.admin, state.files)
        }
        admin?.stop()
        resolver.stop()
        supervisor.stop()
        for shard in shards { shard.loop.stop() }
        for shard in shards { shard.loop.join() }
        for file in files { file.remove() }
    }

    /// Every number of every shard, and the process's own.
    func measurements() async -> MetricSnapshot {
        var all = MetricSnapshot()
        for shard in shards { all.merge(await shard.measurements()) }
        all.merge(await supervisor.measurements())
        let live = live.withLock { $0 }
        // Two listeners may have certificates of one name: the first end is the one to know.
        let expiries = live.listeners.flatMap { $0.tls?.certificateExpiries ?? [] }.map { ($0.serverName, $0.notAfter) }
        for (name, notAfter) in Dictionary(expiries, uniquingKeysWith: min) {
            all.set(MetricCatalogue.certificateExpiry, [name], to: Double(notAfter))
        }
        all.set(MetricCatalogue.configReloads, ["success"], to: Double(live.successes))
        all.set(MetricCatalogue.configReloads, ["failure"], to: Double(live.failures))
        all.set(MetricCatalogue.logLinesDropped, to: Double(droppedLogLines()))
        all.set(MetricCatalogue.buildInfo, [version], to: 1)
        all.set(MetricCatalogue.memoryLimit, to: Double(runtime.configuration.limits.memory))
        all.set(MetricCatalogue.memoryPressure, to: Double(runtime.memory?.pressureCount ?? 0))
        ProcessMetrics.collect(into: &all)
        return all
    }
}
