// Who is served next.
extension PoolMachine {
    /// How many that must wait are passed over to serve one behind them, whose key belongs elsewhere.
    private static let longestLook = 64

    /// What leases have in common that are served by the same endpoints, and wait for the same ones.
    private struct Kind: Hashable {
        let avoided: Int?
        let isHeld: Bool
    }

    /// The lease's kind; nil if it is one of its own.
    private func kind(_ lease: PoolLease) -> Kind? {
        guard lease.tried.isEmpty, !balancer.isBound(key: lease.request.key) else { return nil }
        switch lease.request.patience {
        case .queued: return Kind(avoided: lease.request.avoided, isHeld: false)
        case .held: return Kind(avoided: lease.request.avoided, isHeld: true)
        case .none: return nil
        }
    }

    private enum Choice {
        /// This endpoint.
        case go(Int)
        /// There is one, but not at this moment.
        case wait
        /// None is left to try.
        case none
    }

    /// How soon a loop asks again for the place of the one attempt that an endpoint on trial gets.
    private static let trialPause: Duration = .milliseconds(50)

    /// The one attempt that an endpoint on trial gets is another loop's: this loop's is taken back, and asked for again soon.
    public mutating func trialDenied(_ connection: UInt64, at now: Instant) {
        switch connections[connection] {
        case .connecting(let endpoint, let lease?):
            _ = remove(connection)
            deny(lease, endpoint, at: now)
        case .upgrading(let endpoint, let lease):
            connections[connection] = .warm(endpoint: endpoint, since: now)
            endpoints[endpoint].counts.connecting -= 1
            endpoints[endpoint].counts.warm += 1
            endpoints[endpoint].warm.append(connection)
            deny(lease, endpoint, at: now)
        case .connecting(_, nil), .warm, .leased, .closing, nil:
            break
        }
    }

    private mutating func deny(_ lease: UInt64, _ endpoint: Int, at now: Instant) {
        endpoints[endpoint].attempts -= 1
        endpoints[endpoint].deniedUntil = now + Self.trialPause
        enqueue(lease, first: true)
    }

    /// What to do next; nil when there is nothing until the next input or `deadline`.
    public mutating func next(at now: Instant, using generator: inout some RandomNumberGenerator) -> Action? {
        if !reports.isEmpty {
            let (endpoint, report) = reports.removeFirst()
            return .report(endpoint: endpoint, report)
        }
        for index in endpoints.indices { endpoints[index].denialPassed(at: now) }
        look(at: now)
        if let action = serve(at: now, using: &generator) { return action }
        if let action = refuseExpired() { return action }
        if let action = keepWarm(at: now) { return action }
        // A rest may be as short as nothing: then it is over already, and the deadline must not lie here.
        if let first = alarms.first, first.at <= now { return next(at: now, using: &generator) }
        return nil
    }

    /// When `next` is to be asked again though nothing happened.
    public var deadline: Instant {
        endpoints.reduce(alarms.first?.at ?? .never) { first, endpoint in
            var first = min(first, endpoint.deniedUntil ?? .never)
            if let notBefore = endpoint.warmNotBefore, endpoint.isUsable, !isClosed { first = min(first, notBefore) }
            return first
        }
    }

    /// Brings back those that have rested, and notes those that have waited too long.
    private mutating func look(at now: Instant) {
        while let (time, lease) = alarms.first {
            guard let entry = leases[lease] else {
                alarms.removeFirst()
                continue
            }
            guard time <= now else { return }
            alarms.removeFirst()
            switch entry.phase {
            case .attempting: continue
            case .queued: break
            case .resting(let until): if until <= now { enqueue(lease) }
            }
            if let expiry = entry.expiry, expiry <= now { expired.append(lease) }
        }
    }

    /// Refuses one that has waited too long and was not served in this round either.
    private mutating func refuseExpired() -> Action? {
        while let lease = expired.popLast() {
            guard let entry = leases[lease] else { continue }
            switch entry.phase {
            case .attempting: continue
            case .queued, .resting: break
            }
            leases[lease] = nil
            // It has waited for a place or for an endpoint, and that is what it did not get, whatever it had tried before.
            return .refuse(lease: lease, isFull ? .noCapacity : .noHealthyUpstream)
        }
        return nil
    }

    private var isFull: Bool { connections.count >= policy.maximum }

    // MARK: - Leases

    private mutating func serve(at now: Instant, using generator: inout some RandomNumberGenerator) -> Action? {
        guard queue.count > 0 else { return nil }
        var position = 0
        // Those for whose like there is nothing at this moment.
        var unserved: Set<Kind> = []
        while position < min(queue.count, Self.longestLook) {
            let lease = queue[position]
            guard let entry = leases[lease], entry.phase == .queued else {
                queue.remove(at: position)
                continue
            }
            let kind = kind(entry)
            if let kind, unserved.contains(kind) {
                position += 1
                continue
            }
            switch entry.isHopeless ? .none : choose(entry) {
            case .go(let endpoint):
                guard let action = begin(lease, at: endpoint) else {
                    return entry.request.patience == .none ? refuse(lease, .noCapacity, at: position) : nil
                }
                if case .retire = action { return action }
                queue.remove(at: position)
                return action
            case .wait:
                guard entry.request.patience == .none else {
                    if let kind { unserved.insert(kind) }
                    position += 1
                    continue
                }
                return refuse(lease, .noCapacity, at: position)
            case .none:
                if let refusal = exhausted(lease, entry, position, at: now, using: &generator) { return refusal }
                guard leases[lease]?.phase == .queued else { continue }
                if let kind { unserved.insert(kind) }
                position += 1
            }
        }
        return nil
    }

    /// Healthy ones first, the one it comes from last; when every endpoint is out, the least bad.
    private mutating func choose(_ lease: PoolLease) -> Choice {
        let endpoints = endpoints
        let isOpen = { (index: Int) in !lease.tried.contains(index) && endpoints[index].isReachable }
        let healthy = endpoints.indices.filter { isOpen($0) && endpoints[$0].isUsable }
        let elsewhere = healthy.filter { $0 != lease.request.avoided }
        if !elsewhere.isEmpty { return choose(lease, among: elsewhere) }
        guard lease.request.patience != .none else { return .none }
        if !healthy.isEmpty { return choose(lease, among: healthy) }
        guard !endpoints.contains(where: \.isUsable) else { return .none }
        let bad = endpoints.indices.filter(isOpen)
        guard let least = bad.compactMap({ endpoints[$0].badness }).min() else { return .none }
        return choose(lease, among: bad.filter { endpoints[$0].badness == least })
    }

    private mutating func choose(_ lease: PoolLease, among candidates: [Int]) -> Choice {
        let endpoints = endpoints
        let isBound = balancer.isBound(key: lease.request.key)
        let chosen = balancer.choose(key: lease.request.key, sessions: { endpoints[$0].load }) { index in
            candidates.contains(index) && (isBound || endpoints[index].hasRoom)
        }
        guard let chosen, endpoints[chosen].hasRoom else { return .wait }
        return .go(chosen)
    }

    /// Takes a warm connection or makes one; if there is no room, a warm one elsewhere makes some; nil if there is none either.
    private mutating func begin(_ lease: UInt64, at endpoint: Int) -> Action? {
        let isFresh = leases[lease]?.wantsFresh ?? false
        if !isFresh, let connection = endpoints[endpoint].warm.popLast() {
            endpoints[endpoint].counts.warm -= 1
            endpoints[endpoint].counts.connecting += 1
            attempt(lease, connection, .upgrading(endpoint: endpoint, lease: lease), at: endpoint)
            return .upgrade(connection: connection, lease: lease)
        }
        if isFull { return retireAny() }
        lastConnection += 1
        endpoints[endpoint].counts.connecting += 1
        attempt(lease, lastConnection, .connecting(endpoint: endpoint, lease: lease), at: endpoint)
        return .connect(connection: lastConnection, endpoint: endpoint)
    }

    private mutating func attempt(_ lease: UInt64, _ connection: UInt64, _ phase: Connection, at endpoint: Int) {
        endpoints[endpoint].attempts += 1
        connections[connection] = phase
        leases[lease]?.phase = .attempting(connection: connection)
    }

    private mutating func retireAny() -> Action? {
        guard let endpoint = endpoints.firstIndex(where: { !$0.warm.isEmpty }) else { return nil }
        return retire(endpoint)
    }

    private mutating func retire(_ endpoint: Int) -> Action? {
        guard let connection = endpoints[endpoint].warm.first else { return nil }
        _ = remove(connection)
        return .retire(connection: connection)
    }

    /// Nothing is left to try: refuses the lease, lets it rest, or leaves it in the queue for an endpoint to come back.
    private mutating func exhausted(
        _ lease: UInt64, _ entry: PoolLease, _ position: Int, at now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Action? {
        let canWait: Bool
        switch entry.request.patience {
        case .none: canWait = false
        case .held: canWait = true
        case .queued:
            let isRestarting = endpoints.contains { $0.status.hasBeenUp }
            canWait = isRestarting && entry.isWorthWaiting
        }
        guard canWait else {
            return refuse(lease, entry.lastFailure ?? knownFailure ?? .noHealthyUpstream, at: position)
        }
        guard !entry.tried.isEmpty else { return nil }
        leases[lease]?.startOver()
        let wait = leases[lease]?.backoff.next(using: &generator) ?? .zero
        queue.remove(at: position)
        rest(lease, until: now + wait)
        return nil
    }

    private mutating func refuse(_ lease: UInt64, _ refusal: PoolRefusal, at position: Int) -> Action {
        queue.remove(at: position)
        leases[lease] = nil
        return .refuse(lease: lease, refusal)
    }

    /// Why endpoints that never answered do not.
    private var knownFailure: PoolRefusal? {
        for endpoint in endpoints {
            switch endpoint.status.lastFailure {
            case .l4Timeout, .tlsTimeout, .httpTimeout: return .tooSlow
            case .unresolved, .l4Refused, .l4Failed, .tlsFailed: return endpoint.status.lastFailure.map { .unreachable($0.rawValue) }
            case .ok, .httpStatus, .httpInvalid, .wsNoPong, nil: continue
            }
        }
        return nil
    }

    // MARK: - Warm connections

    private mutating func keepWarm(at now: Instant) -> Action? {
        for index in endpoints.indices {
            let endpoint = endpoints[index]
            guard endpoint.keepsWarm, !isClosed else {
                if let action = retire(index) { return action }
                continue
            }
            if let notBefore = endpoint.warmNotBefore, notBefore > now { continue }
            endpoints[index].warmNotBefore = nil
            guard endpoint.wantsWarm, endpoint.counts.warm + endpoint.warming < policy.warm, !isFull else { continue }
            // One at a time to an endpoint that has not answered yet.
            guard endpoint.warming < (endpoint.status.hasBeenUp ? 4 : 1) else { continue }
            endpoints[index].warming += 1
            endpoints[index].counts.connecting += 1
            lastConnection += 1
            connections[lastConnection] = .connecting(endpoint: index, lease: nil)
            return .connect(connection: lastConnection, endpoint: index)
        }
        return nil
    }
}
