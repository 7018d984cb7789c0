// One upstream as one event loop sees it: who gets a connection to which endpoint (DESIGN section 6).
//
//   lease:       requested ──▶ queued ──▶ attempting ──▶ attached (and the pool forgets the lease)
//                                ▲  │          │ failed: the next endpoint that was not tried
//                                │  ▼          ▼
//                              resting ◀── all tried ──▶ refused: 502, 503 or 504
//
//   connection:  connecting ──▶ warm ──▶ upgrading ──▶ leased ──▶ closing ──▶ gone
//                     └───────────────────▶ ▲
//
// Sessions are served in the order in which they asked. An endpoint that cannot be reached gets no attempt at all: it is probed once for
// the whole process, and those who want it wait for that. When every endpoint is out, the least bad that can be reached are tried.
// Control path: after each input the driver carries out what `next` gives until it gives nothing, and arms its timer for `deadline`.

/// Leases connections to endpoints; the driver makes, upgrades and drops them.
public struct PoolMachine: Sendable {
    /// What the driver must do.
    public enum Action: Equatable, Sendable {
        /// Connect to this endpoint: TCP, and TLS if it wants that.
        case connect(connection: UInt64, endpoint: Int)
        /// Send this lease's request on a connection that is ready.
        case upgrade(connection: UInt64, lease: UInt64)
        /// Drop a warm connection.
        case retire(connection: UInt64)
        /// Nobody can serve this lease.
        case refuse(lease: UInt64, PoolRefusal)
        /// Tell the process.
        case report(endpoint: Int, EndpointReport)
    }

    enum Connection: Sendable, Equatable {
        /// TCP or TLS is under way, for a lease or (nil) to be warm. Can become: warm, upgrading, gone.
        case connecting(endpoint: Int, lease: UInt64?)
        /// Ready. Can become: upgrading, gone.
        case warm(endpoint: Int, since: Instant)
        /// The request is out. Can become: leased, gone.
        case upgrading(endpoint: Int, lease: UInt64)
        /// It carries a session. Can become: closing, gone.
        case leased(endpoint: Int)
        /// The session has gone, the close handshake is under way. Can become: gone.
        case closing(endpoint: Int)
    }

    var policy: PoolPolicy
    var balancer: Balancer
    var endpoints: [PoolEndpoint]
    var connections: [UInt64: Connection] = [:]
    var leases: [UInt64: PoolLease] = [:]
    var queue = LeaseQueue()
    var reports: [(endpoint: Int, report: EndpointReport)] = []
    var lastConnection: UInt64 = 0
    /// Leases that have waited too long, unless they are served in this round.
    var expired: [UInt64] = []
    /// When leases expire and when they have rested.
    var alarms = LeaseAlarms()
    private(set) var isClosed = false

    /// - Parameter names: the endpoints' addresses as configured.
    public init(names: [String], balance: Balancer.Method, offset: Int, policy: PoolPolicy) {
        self.policy = policy
        balancer = Balancer(balance, names: names, offset: offset)
        endpoints = names.map { _ in PoolEndpoint(backoff: policy.backoff) }
    }

    /// Connections to each endpoint.
    public func counts(_ endpoint: Int) -> ConnectionCounts {
        var counts = endpoints[endpoint].counts
        if !isClosed, !endpoints[endpoint].isUsable || endpoints[endpoint].warmNotBefore != nil {
            counts.backingOff = max(0, policy.warm - counts.warm - endpoints[endpoint].warming)
        }
        return counts
    }

    /// Where hashing puts this key among the healthy endpoints; nil if it does not hash.
    public func home(of key: UInt64) -> Int? {
        guard balancer.isBound(key: key) else { return nil }
        var balancer = balancer
        return balancer.choose(key: key, sessions: { _ in 0 }, where: { endpoints[$0].isUsable })
    }

    /// Whether a connection is made for a session, rather than to be warm.
    public func isAttempt(_ connection: UInt64) -> Bool {
        switch connections[connection] {
        case .connecting(_, _?), .upgrading: true
        case .connecting(_, nil), .warm, .leased, .closing, nil: false
        }
    }

    /// Whether a connection is made for a session that lost its upstream: one that was let in before.
    public func isForHeld(_ connection: UInt64) -> Bool {
        guard case .connecting(_, let lease?) = connections[connection], case .held = leases[lease]?.request.patience else { return false }
        return true
    }

    /// Sessions whose attempt at the endpoint is under way.
    public func attempts(_ endpoint: Int) -> Int { endpoints[endpoint].attempts }

    /// What is known of an endpoint here.
    public func status(_ endpoint: Int) -> EndpointStatus { endpoints[endpoint].status }

    /// Leases that wait: in the queue or resting.
    public var waitingCount: Int {
        leases.count - endpoints.reduce(0) { $0 + $1.attempts }
    }

    /// Connections that exist, of every kind.
    public var connectionCount: Int { connections.count }

    // MARK: - Leases

    /// A session wants a connection. `lease` is a name the driver gives and never reuses.
    public mutating func leaseRequested(_ lease: UInt64, _ request: LeaseRequest) {
        precondition(leases[lease] == nil, "A lease is requested once.")
        leases[lease] = PoolLease(request, backoff: policy.backoff)
        if case .held(let notBefore) = request.patience { rest(lease, until: notBefore) } else { enqueue(lease) }
    }

    /// The session went away, or wants no connection any more.
    /// - Returns: the connection that was being made for it, to be dropped.
    public mutating func leaseAbandoned(_ lease: UInt64) -> UInt64? {
        guard let gone = leases.removeValue(forKey: lease), case .attempting(let connection) = gone.phase else { return nil }
        if let endpoint = remove(connection) { endpoints[endpoint].attempts -= 1 }
        return connection
    }

    // MARK: - Connections

    /// TCP and TLS are done.
    /// - Returns: the lease whose request must be sent now; nil if the connection is warm.
    public mutating func established(_ connection: UInt64, at now: Instant) -> UInt64? {
        guard case .connecting(let endpoint, let lease) = connections[connection] else { return nil }
        endpoints[endpoint].status.hasBeenUp = true
        guard let lease else {
            connections[connection] = .warm(endpoint: endpoint, since: now)
            endpoints[endpoint].warm.append(connection)
            endpoints[endpoint].warming -= 1
            endpoints[endpoint].counts.connecting -= 1
            endpoints[endpoint].counts.warm += 1
            return nil
        }
        connections[connection] = .upgrading(endpoint: endpoint, lease: lease)
        return lease
    }

    /// The backend answered the upgrade with 101: the lease is fulfilled.
    public mutating func attached(_ connection: UInt64) {
        guard case .upgrading(let endpoint, let lease) = connections[connection] else { return }
        leases[lease] = nil
        connections[connection] = .leased(endpoint: endpoint)
        endpoints[endpoint].counts.connecting -= 1
        endpoints[endpoint].counts.leased += 1
        endpoints[endpoint].attemptSucceeded()
        answered(endpoint)
    }

    /// The endpoint serves: told if that is news.
    private mutating func answered(_ endpoint: Int) {
        let status = endpoints[endpoint].status
        guard status.isTroubled || status.admission == .trial || !endpoints[endpoint].isKnownUp else { return }
        endpoints[endpoint].isKnownUp = true
        reports.append((endpoint, .attemptSucceeded))
    }

    /// A connection failed before it carried a session.
    /// - Parameter result: what that says against the endpoint; nil if nothing: an application's own no is an answer like another.
    public mutating func attemptFailed(_ connection: UInt64, _ failure: PoolRefusal, _ result: CheckResult?) {
        switch connections[connection] {
        case .connecting(let endpoint, nil):
            endpoints[endpoint].warming -= 1
            // No session failed: nothing that counts against it, but worth a look.
            suspect(endpoint, .connectionLost)
        case .connecting(let endpoint, let lease?), .upgrading(let endpoint, let lease):
            endpoints[endpoint].attemptFailed(tooSlow: failure == .tooSlow)
            switch result {
            case nil: if failure.isFinal { answered(endpoint) }
            case let result? where result.isReachable:
                reports.append((endpoint, .attemptFailed(result)))
                // The process will close it or let it rest, and the next one must not be quicker.
                if endpoints[endpoint].status.admission == .trial { endpoints[endpoint].closed() }
            case let result?: suspect(endpoint, .attemptFailed(result))
            }
            leases[lease]?.attemptFailed(at: endpoint, failure)
            enqueue(lease)
        case .warm, .leased, .closing, nil:
            return
        }
        _ = remove(connection)
    }

    /// A connection could not be made for want of something of our own. One that was to be warm is made later.
    public mutating func couldNotBegin(_ connection: UInt64, at now: Instant, using generator: inout some RandomNumberGenerator) {
        guard case .connecting(let endpoint, nil) = connections[connection] else {
            return attemptFailed(connection, .noCapacity, nil)
        }
        endpoints[endpoint].warming -= 1
        endpoints[endpoint].warmEnded(after: .zero, at: now, using: &generator)
        _ = remove(connection)
    }

    /// A connection that had been warm ended before it answered anything: the backend had closed it meanwhile. Nobody's fault.
    public mutating func turnedOutStale(_ connection: UInt64) {
        guard case .upgrading(let endpoint, let lease) = connections[connection] else { return }
        endpoints[endpoint].attempts -= 1
        leases[lease]?.wantsFresh = true
        enqueue(lease, first: true)
        _ = remove(connection)
    }

    /// A warm connection ended or was retired for its age.
    public mutating func warmEnded(_ connection: UInt64, at now: Instant, using generator: inout some RandomNumberGenerator) {
        guard case .warm(let endpoint, let since) = connections[connection] else { return }
        endpoints[endpoint].warmEnded(after: since.duration(to: now), at: now, using: &generator)
        _ = remove(connection)
    }

    /// A connection that carried a session broke, or its backend is leaving.
    public mutating func lost(_ connection: UInt64) {
        guard case .leased(let endpoint) = connections[connection] else { return }
        suspect(endpoint, .connectionLost)
        _ = remove(connection)
    }

    /// Its session has gone: the close handshake is under way.
    public mutating func closing(_ connection: UInt64) {
        guard case .leased(let endpoint) = connections[connection] else { return }
        connections[connection] = .closing(endpoint: endpoint)
        endpoints[endpoint].counts.leased -= 1
        endpoints[endpoint].counts.closing += 1
    }

    /// It is gone, at whatever stage that was. Who was waiting for it goes on waiting.
    public mutating func released(_ connection: UInt64) {
        switch connections[connection] {
        case .connecting(let endpoint, nil):
            endpoints[endpoint].warming -= 1
        case .connecting(let endpoint, let lease?), .upgrading(let endpoint, let lease):
            endpoints[endpoint].attempts -= 1
            enqueue(lease, first: true)
        case .warm, .leased, .closing, nil:
            break
        }
        _ = remove(connection)
    }

    // MARK: - Health

    /// The process has a new opinion of an endpoint.
    public mutating func endpointChanged(_ endpoint: Int, _ status: EndpointStatus) {
        let hasBeenUp = endpoints[endpoint].status.hasBeenUp
        endpoints[endpoint].status = status
        endpoints[endpoint].deniedUntil = nil
        endpoints[endpoint].status.hasBeenUp = status.hasBeenUp || hasBeenUp
        if status.hasBeenUp { endpoints[endpoint].isKnownUp = true }
    }

    /// The gateway is going down: no more warm connections.
    public mutating func closed() { isClosed = true }

    /// Nobody goes there until the process has looked.
    private mutating func suspect(_ endpoint: Int, _ report: EndpointReport) {
        if endpoints[endpoint].isReachable || report != .connectionLost { reports.append((endpoint, report)) }
        endpoints[endpoint].closed()
    }

    // MARK: - Bookkeeping

    mutating func enqueue(_ lease: UInt64, first: Bool = false) {
        guard leases[lease] != nil else { return }
        leases[lease]?.phase = .queued
        if let expiry = leases[lease]?.expiry { alarms.add(lease, at: expiry) }
        // Who could move does not wait: it is looked at before those who do, and goes at once or not at all.
        queue.insert(lease, first: first || leases[lease]?.request.patience == LeaseRequest.Patience.none)
    }

    mutating func rest(_ lease: UInt64, until: Instant) {
        leases[lease]?.phase = .resting(until: until)
        alarms.add(lease, at: until)
    }

    /// Forgets a connection and returns its endpoint.
    mutating func remove(_ connection: UInt64) -> Int? {
        switch connections.removeValue(forKey: connection) {
        case nil:
            return nil
        case .connecting(let endpoint, _), .upgrading(let endpoint, _):
            endpoints[endpoint].counts.connecting -= 1
            return endpoint
        case .warm(let endpoint, _):
            endpoints[endpoint].warm.removeAll { $0 == connection }
            endpoints[endpoint].counts.warm -= 1
            return endpoint
        case .leased(let endpoint):
            endpoints[endpoint].counts.leased -= 1
            return endpoint
        case .closing(let endpoint):
            endpoints[endpoint].counts.closing -= 1
            return endpoint
        }
    }
}
