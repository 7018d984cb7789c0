import RoadsteadConfig
import RoadsteadLoop
import RoadsteadMachines
import RoadsteadMetrics
import RoadsteadTLS

/// One shard's connections to one upstream: carries out what its `PoolMachine` decides. Loop-confined.
final class UpstreamPool: TimerHandler {
    /// Where its reports go: an endpoint's place, and what was seen.
    typealias Report = (_ endpoint: Int, EndpointReport) -> Void

    let runtime: UpstreamRuntime
    let context: LoopContext
    let linkPolicy: UpstreamPolicy
    private(set) var machine: PoolMachine
    private let report: Report
    private let metrics: MetricCells
    private let connectDuration: MetricCell
    private var links: [UInt64: UpstreamLink] = [:]
    /// Who waits for what.
    private var seekers: [UInt64: ClientSession] = [:]
    private var lastLease: UInt64 = 0
    /// With the context that each was made under: a session that is resumed is not verified again, so no other may have it.
    private var tlsSessions: [(session: TLSSession, context: TLSContext)?]
    private var isAdvancing = false
    private var timer = TimerID.none
    private var timerDeadline = Instant.never

    init(_ runtime: UpstreamRuntime, context: LoopContext, metrics: MetricCells, share: LoopShare, report: @escaping Report) {
        self.runtime = runtime
        self.context = context
        self.metrics = metrics
        self.report = report
        let configuration = runtime.configuration
        let endpoints = runtime.endpoints
        tlsSessions = endpoints.map { _ in nil }
        connectDuration = metrics.cell(MetricCatalogue.upstreamConnectDuration)
        linkPolicy = UpstreamPolicy(
            connectTimeout: configuration.pool.connectTimeout, idleTimeout: configuration.pool.idleTimeout, closeTimeout: .seconds(5),
            heartbeat: HeartbeatPolicy(interval: configuration.heartbeat.interval, timeout: configuration.heartbeat.timeout))
        machine = PoolMachine(
            names: endpoints.map(\.address.text), balance: Balancer.Method(configuration.balance), offset: share.index,
            policy: PoolPolicy(
                // A loop that could have none would serve nobody.
                maximum: max(1, share.part(of: configuration.pool.maximum)), warm: share.part(of: configuration.pool.warm),
                backoff: Backoff(initial: configuration.reconnect.initial, maximum: configuration.reconnect.maximum)))
    }

    /// Begins to keep connections warm.
    func start() { advance() }

    /// The gateway is going down.
    func close() {
        machine.closed()
        advance()
    }

    // MARK: - Sessions

    /// Finds the session an upstream connection; it hears `attached` or `upstreamRefused`.
    func lease(for session: ClientSession, _ request: LeaseRequest) {
        lastLease += 1
        session.lease = lastLease
        seekers[lastLease] = session
        machine.leaseRequested(lastLease, request)
        advance()
    }

    /// The session wants none any more.
    func abandon(_ session: ClientSession) {
        guard let lease = session.lease else { return }
        session.lease = nil
        seekers[lease] = nil
        if let number = machine.leaseAbandoned(lease) { links[number]?.drop() }
        advance()
    }

    /// When a new session that asks now has waited long enough.
    var queueDeadline: Instant { context.loop.now + runtime.configuration.pool.queueTimeout }

    /// The process has a new opinion of an endpoint.
    func endpointChanged(_ endpoint: Int, _ status: EndpointStatus) {
        machine.endpointChanged(endpoint, status)
        advance()
    }

    // MARK: - Links

    /// TCP and TLS are done.
    func established(_ link: UpstreamLink, after duration: Duration) {
        metrics.observe(duration.seconds, in: connectDuration)
        if let lease = machine.established(link.number, at: context.loop.now) { upgrade(link, lease, wasWarm: false) }
        advance()
    }

    /// Descriptors that the link must not take: the last ones are for sessions that were let in before.
    func reserve(for link: UpstreamLink) -> DescriptorReserve { machine.isForHeld(link.number) ? .none : context.reserve }

    /// Whether the session that the link is for can go on with what the backend chose.
    func accepts(_ subprotocol: String?, on link: UpstreamLink) -> Bool {
        link.lease.flatMap { seekers[$0] }?.accepts(subprotocol) ?? true
    }

    /// A link is attached: its session goes on.
    func attached(_ link: UpstreamLink, subprotocol: String?) {
        endTrial(link)
        guard let lease = link.lease, let session = seekers.removeValue(forKey: lease) else { return dropUnwanted(link) }
        link.lease = nil
        session.lease = nil
        machine.attached(link.number)
        link.carry(session)
        session.attached(to: link, subprotocol: subprotocol)
        advance()
    }

    /// An attempt failed.
    func attemptFailed(_ link: UpstreamLink, _ refusal: PoolRefusal, _ result: CheckResult?) {
        endTrial(link)
        links[link.number] = nil
        if result == .tlsFailed { tlsSessions[link.endpoint] = nil }
        if refusal == .noCapacity {
            machine.couldNotBegin(link.number, at: context.loop.now, using: &context.random)
        } else {
            machine.attemptFailed(link.number, refusal, result)
        }
        advance()
    }

    /// A warm connection had been closed by the backend when it was wanted.
    func turnedOutStale(_ link: UpstreamLink) {
        endTrial(link)
        links[link.number] = nil
        machine.turnedOutStale(link.number)
        advance()
    }

    /// A warm connection ended.
    func warmEnded(_ link: UpstreamLink) {
        links[link.number] = nil
        machine.warmEnded(link.number, at: context.loop.now, using: &context.random)
        advance()
    }

    /// A session's link broke, or its backend is leaving.
    func lost(_ link: UpstreamLink) {
        links[link.number] = nil
        machine.lost(link.number)
        advance()
    }

    /// A link's session has gone.
    func closing(_ link: UpstreamLink) { machine.closing(link.number) }

    /// Whether a backend has yet to say that it got what a session said last. If the process ended before that, whatever the backend sent
    /// meanwhile would be answered with a reset, and that may take from it what it has not read.
    var isParting: Bool { links.values.contains(where: \.machine.isClosing) }

    /// Memory is so short that what still waits for backends whose sessions are over must go.
    func dropClosing(longerThan limit: Int) {
        let closing = links.values.filter { $0.session == nil && $0.connection.map { $0.queuedBytes > limit } == true }
        for link in closing { link.drop() }
    }

    /// A link is gone for good.
    func released(_ link: UpstreamLink) {
        endTrial(link)
        links[link.number] = nil
        machine.released(link.number)
        advance()
    }

    // MARK: - TLS

    /// What an earlier connection to the endpoint left to be resumed under this context.
    func tlsSession(of endpoint: Int, under context: TLSContext) -> TLSSession? {
        guard let kept = tlsSessions[endpoint], kept.context === context else { return nil }
        return kept.session
    }

    /// Keeps what a connection left.
    func keep(_ session: TLSSession?, of endpoint: Int, under context: TLSContext) {
        if let session { tlsSessions[endpoint] = (session, context) }
    }

    // MARK: - Actions

    func timerFired(_ timer: TimerID) {
        self.timer = .none
        advance()
    }

    /// Carries out what the machine wants, until it wants nothing. What happens meanwhile is taken up here too.
    private func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        while let action = machine.next(at: context.loop.now, using: &context.random) { perform(action) }
        isAdvancing = false
        arm()
    }

    private func perform(_ action: PoolMachine.Action) {
        switch action {
        case .connect(let number, let endpoint):
            let target = runtime.endpoints[endpoint]
            let link = UpstreamLink(pool: self, number: number, endpoint: endpoint, tls: target.address.isSecure ? runtime.tls : nil)
            guard mayTry(link) else { return }
            links[number] = link
            link.begin(target.addresses[...])
        case .upgrade(let number, let lease):
            guard let link = links[number], mayTry(link) else { return }
            upgrade(link, lease, wasWarm: true)
        case .retire(let number):
            links[number]?.drop()
        case .refuse(let lease, let refusal):
            guard let session = seekers.removeValue(forKey: lease) else { return }
            session.lease = nil
            session.upstreamRefused(refusal)
        case .report(let endpoint, let seen):
            report(endpoint, seen)
        }
    }

    private func upgrade(_ link: UpstreamLink, _ lease: UInt64, wasWarm: Bool) {
        let address = runtime.endpoints[link.endpoint].address
        link.lease = lease
        guard let session = seekers[lease] else { return dropUnwanted(link) }
        let host = address.unixPath == nil ? address.authority : "localhost"
        link.send(session.upgrade(path: address.path, host: host, key: UpstreamLink.newKey()), wasWarm: wasWarm)
    }

    /// Nobody waits for it.
    private func dropUnwanted(_ link: UpstreamLink) {
        if let lease = link.lease { _ = machine.leaseAbandoned(lease) }
        link.drop()
    }

    /// Takes the place of the one attempt that an endpoint on trial gets in the process. False: another loop has it, and the machine knows.
    /// A connection to be warm is no attempt, and needs none.
    private func mayTry(_ link: UpstreamLink) -> Bool {
        guard machine.status(link.endpoint).admission == .trial, machine.isAttempt(link.number) else { return true }
        link.holdsTrial = runtime.endpoints[link.endpoint].takeTrial()
        if !link.holdsTrial { machine.trialDenied(link.number, at: context.loop.now) }
        return link.holdsTrial
    }

    /// The one attempt that an endpoint on trial gets is over.
    private func endTrial(_ link: UpstreamLink) {
        guard link.holdsTrial else { return }
        link.holdsTrial = false
        runtime.endpoints[link.endpoint].endTrial()
    }

    private func arm() {
        let deadline = machine.deadline
        if timer != .none {
            // Moved later lazily, but not kept for nothing.
            guard deadline < timerDeadline || deadline == .never else { return }
            context.loop.cancel(timer)
            timer = .none
        }
        guard deadline < .never else { return }
        timer = context.loop.arm(at: deadline, handler: self)
        timerDeadline = deadline
    }
}

extension Balancer.Method {
    /// As configured.
    init(_ balance: Balance) {
        switch balance {
        case .roundRobin: self = .roundRobin
        case .leastSessions: self = .leastSessions
        case .hashIP, .hashHeader, .hashQuery: self = .hash
        }
    }
}
