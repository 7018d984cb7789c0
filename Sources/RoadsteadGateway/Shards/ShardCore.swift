import Logging
import RoadsteadConfig
import RoadsteadLoop
import RoadsteadMachines
import RoadsteadMetrics
import RoadsteadTLS
import RoadsteadWire

/// One loop's world: its listeners' ends, sessions, pools and numbers. Loop-confined; other loops reach it through its `Shard`.
final class ShardCore {
    let context: LoopContext
    let configuration: Configuration
    let metrics = MetricCells()
    let cells: ShardCells
    let logger: Logger
    let routes: [RouteRuntime]
    let pools: [UpstreamPool]
    /// One for each pool.
    private(set) var movers: [MoveDriver] = []
    /// Where the pools' reports go.
    private let reporter = Reporter()
    /// Durations until the route is known: the longest of the routes', so that none is cut short.
    let openingPolicy: SessionPolicy
    private(set) var sessions: [SessionID: ClientSession] = [:]
    private(set) var closed: ClosedSessions
    private let budget: SessionBudget
    /// What addresses may have.
    let addresses: AddressBudget
    private var acceptors: [Acceptor] = []
    /// The latest form of each listener, by name.
    private var listeners: [String: ListenerRuntime] = [:]
    let share: LoopShare
    private let wallOffset: Int64
    private var drain: DrainDriver?
    /// What the loop had done at the last scrape.
    var scraped: LoopStatistics?

    init(loop: EventLoop, runtime: GatewayRuntime, share: LoopShare, logger: Logger) {
        let configuration = runtime.configuration
        self.configuration = configuration
        self.share = share
        self.logger = logger
        budget = runtime.budget
        addresses = runtime.addresses
        context = LoopContext(
            loop: loop, handshakesPerWakeUp: configuration.listeners.map(\.handshakesPerWakeup).max() ?? 8, memory: runtime.memory,
            reserve: runtime.reserve)
        closed = ClosedSessions(capacity: 10_000 / share.count)
        cells = ShardCells(metrics, loop: share.index)
        let (metrics, context, reporter) = (metrics, context, reporter)
        let pools = runtime.upstreams.enumerated().map { place, upstream in
            UpstreamPool(upstream, context: context, metrics: metrics, share: share) { endpoint, report in
                reporter.report?(place, endpoint, report)
            }
        }
        self.pools = pools
        routes = configuration.routes.enumerated().map { index, route in
            var pool: UpstreamPool?
            if case .upstream(let name) = route.target { pool = pools.first { $0.runtime.configuration.name == name } }
            return RouteRuntime(route, index: index, pool: pool, cells: metrics)
        }
        let handshakes = configuration.routes.map(\.timeouts.handshake)
        openingPolicy = SessionPolicy(
            handshake: handshakes.compactMap { $0 }.max() ?? (handshakes.isEmpty ? .seconds(10) : nil), idle: nil, lifetime: nil,
            close: .seconds(2), heartbeat: HeartbeatPolicy(interval: nil, timeout: .seconds(10)))
        wallOffset = WallTime.now - Self.nanoseconds(ContinuousClock.now)
    }

    /// Begins to accept, and to keep upstream connections ready.
    /// - Parameter report: takes what pools see of their endpoints.
    func start(_ listeners: [(descriptor: Int32, runtime: ListenerRuntime)], report: @escaping UpstreamReport) throws(LoopError) {
        reporter.report = report
        movers = pools.map { MoveDriver(shard: self, pool: $0) }
        context.loop.wakeUpFinisher = { [context] in context.finishWakeUp() }
        context.loop.wakeUpObserver = { [metrics, cells] busy in metrics.observe(busy.seconds, in: cells.loopLag) }
        for listener in listeners {
            let (runtime, name) = (listener.runtime, listener.runtime.configuration.name)
            self.listeners[name] = runtime
            let acceptor = try Acceptor(
                descriptor: listener.descriptor, name: name, loop: context.loop, logger: logger, reserve: context.reserve
            ) { [unowned self] descriptor, remote in
                accepted(descriptor, from: remote, on: self.listeners[name] ?? runtime)
            } onPause: { [metrics, cells] in
                metrics.add(1, to: cells.acceptPauses)
            }
            acceptors.append(acceptor)
        }
        for pool in pools { pool.start() }
    }

    /// The next connections are accepted on these.
    func reloaded(_ listeners: [ListenerRuntime]) {
        for listener in listeners { self.listeners[listener.configuration.name] = listener }
    }

    /// The process has a new opinion of an endpoint.
    func endpointChanged(_ upstream: Int, _ endpoint: Int, _ status: EndpointStatus) {
        pools[upstream].endpointChanged(endpoint, status)
        movers[upstream].endpointChanged(status)
    }

    // MARK: - Sessions

    func accepted(_ descriptor: Int32, from remote: SocketAddress, on listener: ListenerRuntime) {
        guard budget.accept() else {
            Socket.close(descriptor)
            return metrics.add(1, to: cells.acceptRefusals)
        }
        let session = ClientSession(shard: self, listener: listener, remote: remote)
        // With a PROXY header it is the header that says whose connection this is.
        guard listener.configuration.proxyProtocol || session.countConnection() else {
            budget.leave(hadSeat: false)
            Socket.close(descriptor)
            return metrics.add(1, to: cells.addressRefusals)
        }
        sessions[session.id] = session
        session.begin(descriptor: descriptor)
    }

    /// Why a good request cannot be let in now: draining, memory is short, or every seat is taken.
    func refusalOfAnother(_ session: ClientSession) -> (Refusal, CloseCause)? {
        let retry = [HeaderField(name: "Retry-After", value: "1")]
        if drain != nil { return (Refusal(status: 503, explanation: "draining", headers: retry), .drain) }
        if context.memory?.isPressed == true {
            return (Refusal(status: 503, explanation: "no capacity: too many bytes queued", headers: retry), .capacity)
        }
        guard session.takeAddressSeat() else {
            return (Refusal(status: 429, explanation: "too many sessions from this address", headers: retry), .capacity)
        }
        session.hasSeat = budget.takeSeat()
        return session.hasSeat ? nil : (Refusal(status: 503, explanation: "no capacity: too many sessions", headers: retry), .capacity)
    }

    func handshakeCompleted(_ negotiated: TLSNegotiated, after duration: Duration) {
        let cell = metrics.cell(MetricCatalogue.handshakeDuration, [negotiated.version, negotiated.isResumed ? "true" : "false"])
        metrics.observe(duration.seconds, in: cell)
    }

    /// A TLS handshake will not be completed; `cause` is TLS's own, or that of the close record. It costs this one counter and this line.
    func handshakeFailed(_ session: ClientSession, cause: String, reason: String) {
        metrics.add(1, to: metrics.cell(MetricCatalogue.handshakeFailures, [cause]))
        logger.debug(
            "TLS handshake failed",
            metadata: ["cause": "\(cause)", "reason": "\(reason)", "remote": "\(session.remote)", "session": "\(session.id)"])
    }

    func proxyHeaderFailed(_ cause: String, _ reason: String, peer: SocketAddress) {
        metrics.add(1, to: metrics.cell(MetricCatalogue.proxyHeaderFailures, [cause]))
        logger.debug("PROXY header refused", metadata: ["cause": "\(cause)", "reason": "\(reason)", "peer": "\(peer)"])
    }

    func refused(_ status: Int) { metrics.add(1, to: metrics.cell(MetricCatalogue.upgradeRefusals, ["\(status)"])) }

    func sessionOpened(_ session: ClientSession) {
        metrics.add(1, to: metrics.cell(MetricCatalogue.sessionsOpened, [session.route?.configuration.name ?? ""]))
        logger.debug(
            "session opened",
            metadata: [
                "session": "\(session.id)", "route": "\(session.route?.configuration.name ?? "")", "remote": "\(session.remote.shown)",
            ])
    }

    func upstreamLost(_ session: ClientSession, _ reason: String) {
        logger.debug(
            "upstream lost",
            metadata: [
                "session": "\(session.id)", "upstream": "\(session.upstreamName ?? "")", "endpoint": "\(session.endpointName ?? "")",
                "reason": "\(reason)",
            ])
    }

    func sessionEnded(_ session: ClientSession, _ record: CloseRecord, snapshot: SessionSnapshot) {
        guard sessions.removeValue(forKey: session.id) != nil else { return }
        budget.leave(hadSeat: session.hasSeat)
        session.leaveAddress()
        var snapshot = snapshot
        snapshot.state = .closed
        snapshot.close = record
        snapshot.closedAt = wallClock(context.loop.now)
        closed.append(snapshot)
        let route = session.route?.configuration.name ?? ""
        metrics.add(1, to: metrics.cell(MetricCatalogue.sessionsClosed, [route, record.closedBy.rawValue, record.cause.rawValue]))
        let lived = session.startedAt.duration(to: context.loop.now)
        metrics.observe(lived.seconds, in: metrics.cell(MetricCatalogue.sessionDuration))
        if record.cause == .heartbeatTimeout { metrics.add(1, to: metrics.cell(MetricCatalogue.heartbeatTimeouts, [route])) }
        if !session.endedWithHeader { logEnd(session, record, snapshot.logMetadata(lived: lived)) }
        if sessions.isEmpty { drain?.emptied() }
    }

    private func logEnd(_ session: ClientSession, _ record: CloseRecord, _ metadata: @autoclosure () -> Logger.Metadata) {
        if record.stage != .handshaking {
            // Who connects and asks for nothing is most often a balancer that looks whether the port is open.
            let level: Logger.Level = record.stage == .upgrading && record.cause == .goingAway ? .debug : .info
            logger.log(level: level, "session closed", metadata: metadata())
        } else if let failure = session.handshakeFailure {
            handshakeFailed(session, cause: failure.cause.label, reason: "\(failure)")
        } else {
            handshakeFailed(session, cause: record.cause.rawValue, reason: record.reason)
        }
    }

    // MARK: - Draining

    /// Stops accepting and closes what is open, paced; `whenGone` is called once, when no session is left or `period` is over.
    func beginDrain(_ pace: DrainConfiguration, whenGone: @escaping () -> Void) {
        stopAccepting()
        for pool in pools { pool.close() }
        let driver = DrainDriver(shard: self, pace: pace, whenGone: whenGone)
        drain = driver
        driver.start()
    }

    var isDraining: Bool { drain != nil }

    /// Which loop this is.
    var loopIndex: Int { share.index }

    func stopAccepting() {
        for acceptor in acceptors { acceptor.close() }
        acceptors = []
    }

    // MARK: - Time

    /// Nanoseconds since 1970 of a moment of this process.
    func wallClock(_ instant: Instant) -> Int64 { Self.nanoseconds(instant) + wallOffset }

    private static func nanoseconds(_ instant: Instant) -> Int64 {
        let (seconds, attoseconds) = ContinuousClock().systemEpoch.duration(to: instant).components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}

/// What pools report to, known once the gateway starts.
private final class Reporter {
    var report: UpstreamReport?
}
