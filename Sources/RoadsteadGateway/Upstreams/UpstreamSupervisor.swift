import Logging
import RoadsteadLoop
import RoadsteadMachines
import RoadsteadMetrics

/// The health of every upstream, decided once for the process: an actor on a loop of its own, so that a slow check delays no session and
/// each endpoint is checked once however many loops there are.
actor UpstreamSupervisor {
    /// The loop that this actor lives on.
    nonisolated let loop: EventLoop
    private let core: Core

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        loop.asUnownedSerialExecutor()
    }

    /// - Parameters:
    ///   - resolve: asked, on this loop, to look up the name of an endpoint that can't be reached; must not block.
    ///   - publish: hears, on this loop and in order, what an endpoint has become. Pools start from `EndpointStatus()`.
    init(
        upstreams: [UpstreamRuntime], logger: Logger, resolve: @escaping @Sendable (EndpointRuntime) -> Void = { _ in },
        publish: @escaping @Sendable (_ upstream: Int, _ endpoint: Int, EndpointStatus) -> Void
    ) throws(GatewayError) {
        do {
            loop = try EventLoop(name: "upstreams")
        } catch {
            throw .system("\(error)")
        }
        core = Core(upstreams: upstreams, context: LoopContext(loop: loop, handshakesPerWakeUp: 64), logger: logger, resolve, publish)
    }

    /// Starts the loop and the first checks.
    nonisolated func start() async {
        loop.start()
        await begin()
    }

    private func begin() { core.begin() }

    /// Ends every check and the loop, and waits for that. Any thread but the loop's own.
    nonisolated func stop() {
        loop.execute { [weak self] in self?.assumeIsolated { $0.core.end() } }
        loop.stop()
        loop.join()
    }

    /// Tells what happened to a session on an endpoint. Any thread; reports of one thread stay in order.
    nonisolated func report(_ report: EndpointReport, upstream: Int, endpoint: Int) {
        // Weak: a loop that was never started must not be kept by its own mailbox.
        loop.execute { [weak self] in self?.assumeIsolated { $0.core.driver(upstream)?.reported(report, endpoint: endpoint) } }
    }

    /// Wants an endpoint empty.
    func drain(upstream: Int, endpoint: Int) { core.driver(upstream)?.drainRequested(endpoint) }

    /// Wants it back.
    func undrain(upstream: Int, endpoint: Int) { core.driver(upstream)?.undrainRequested(endpoint) }

    /// Each endpoint's health, by upstream and endpoint; empty before the start.
    func snapshot() -> [[EndpointHealthSnapshot]] { core.drivers.map { $0.snapshot() } }

    /// Whether no endpoint of this upstream is up.
    func isPanicking(upstream: Int) -> Bool { core.drivers[upstream].machine.isPanicking }

    /// The numbers of every upstream.
    func measurements() -> MetricSnapshot { core.measurements() }

    /// What the loop's callbacks touch.
    fileprivate final class Core {
        private(set) var drivers: [UpstreamHealthDriver] = []
        private let upstreams: [UpstreamRuntime]
        private let context: LoopContext
        private let logger: Logger
        private let resolve: @Sendable (EndpointRuntime) -> Void
        private let publish: @Sendable (Int, Int, EndpointStatus) -> Void
        private var isEnded = false

        init(
            upstreams: [UpstreamRuntime], context: LoopContext, logger: Logger, _ resolve: @escaping @Sendable (EndpointRuntime) -> Void,
            _ publish: @escaping @Sendable (Int, Int, EndpointStatus) -> Void
        ) {
            self.upstreams = upstreams
            self.context = context
            self.logger = logger
            self.resolve = resolve
            self.publish = publish
        }

        func begin() {
            context.loop.wakeUpFinisher = { [context] in context.finishWakeUp() }
            drivers = upstreams.enumerated().map { index, runtime in
                UpstreamHealthDriver(runtime, context: context, logger: logger, resolve: resolve) { [publish] endpoint, status in
                    publish(index, endpoint, status)
                }
            }
        }

        func end() {
            isEnded = true
            for driver in drivers { driver.end() }
        }

        /// Who hears inputs about this upstream; nobody before the start and after the end.
        func driver(_ upstream: Int) -> UpstreamHealthDriver? { isEnded || drivers.isEmpty ? nil : drivers[upstream] }

        func measurements() -> MetricSnapshot {
            var snapshot = MetricSnapshot()
            for result in CheckResult.allCases {
                let count = drivers.reduce(0) { $0 + ($1.checkCounts[result] ?? 0) }
                snapshot.set(MetricCatalogue.upstreamChecks, [result.rawValue], to: Double(count))
            }
            var reconnects: UInt64 = 0
            for driver in drivers {
                let name = driver.runtime.configuration.name
                snapshot.set(MetricCatalogue.upstreamPanic, [name], to: driver.machine.isPanicking ? 1 : 0)
                for endpoint in driver.snapshot() {
                    snapshot.set(MetricCatalogue.upstreamState, [name, endpoint.address], to: Double(endpoint.state.number))
                    snapshot.set(MetricCatalogue.upstreamEjections, [name, endpoint.address], to: Double(endpoint.ejections))
                    reconnects += endpoint.reconnects
                }
            }
            snapshot.set(MetricCatalogue.upstreamReconnects, to: Double(reconnects))
            return snapshot
        }
    }
}
