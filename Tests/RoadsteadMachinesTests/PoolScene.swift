import RoadsteadMachines
import TestSupport

/// A pool whose driver is the test: what the pool wants is collected, and nothing happens by itself.
struct PoolScene {
    var machine: PoolMachine
    var now = start
    let endpointCount: Int
    private var generator = SeededGenerator(seed: 1)

    init(
        _ endpoints: Int = 2, balance: Balancer.Method = .roundRobin, maximum: Int = 100, warm: Int = 0,
        backoff: Backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(10)), hasBeenUp: Bool = true
    ) {
        endpointCount = endpoints
        machine = PoolMachine(
            names: (0..<endpoints).map { "ws://backend-\($0):1" }, balance: balance, offset: 0,
            policy: PoolPolicy(maximum: maximum, warm: warm, backoff: backoff))
        guard hasBeenUp else { return }
        for endpoint in 0..<endpoints { machine.endpointChanged(endpoint, EndpointStatus(hasBeenUp: true)) }
    }

    /// What it wants now, until it wants nothing.
    mutating func settle() -> [PoolMachine.Action] {
        var actions: [PoolMachine.Action] = []
        while let action = machine.next(at: now, using: &generator) {
            actions.append(action)
            precondition(actions.count < 10_000, "It wants something for ever.")
        }
        return actions
    }

    /// Lets time pass; timers that were due on the way have fired.
    mutating func pass(_ time: Duration) -> [PoolMachine.Action] {
        let end = now + time
        var actions: [PoolMachine.Action] = []
        while machine.deadline <= end {
            now = max(now, machine.deadline)
            actions += settle()
        }
        now = end
        return actions + settle()
    }

    // MARK: - Inputs

    /// A new session, which waits for five seconds.
    mutating func request(_ lease: UInt64, key: UInt64? = nil, waits: Duration = .seconds(5)) -> [PoolMachine.Action] {
        request(lease, LeaseRequest(key: key, patience: .queued(until: now + waits)))
    }

    /// A session that lost its upstream.
    mutating func hold(_ lease: UInt64, key: UInt64? = nil, avoiding avoided: Int? = nil, after rest: Duration = .zero)
        -> [PoolMachine.Action]
    {
        request(lease, LeaseRequest(key: key, patience: .held(notBefore: now + rest), avoided: avoided))
    }

    /// A session that could move.
    mutating func move(_ lease: UInt64, key: UInt64? = nil, from avoided: Int) -> [PoolMachine.Action] {
        request(lease, LeaseRequest(key: key, patience: .none, avoided: avoided))
    }

    mutating func request(_ lease: UInt64, _ request: LeaseRequest) -> [PoolMachine.Action] {
        machine.leaseRequested(lease, request)
        return settle()
    }

    /// Its connection is there and its backend says yes.
    mutating func attach(_ connection: UInt64) -> [PoolMachine.Action] {
        _ = machine.established(connection, at: now)
        machine.attached(connection)
        return settle()
    }

    /// A connection came up to be warm.
    mutating func warmUp(_ connection: UInt64) -> [PoolMachine.Action] {
        _ = machine.established(connection, at: now)
        return settle()
    }

    mutating func fail(_ connection: UInt64, _ failure: PoolRefusal = .unreachable("refused"), _ result: CheckResult? = .l4Refused)
        -> [PoolMachine.Action]
    {
        machine.attemptFailed(connection, failure, result)
        return settle()
    }

    /// There was no descriptor for it.
    mutating func couldNotBegin(_ connection: UInt64) -> [PoolMachine.Action] {
        machine.couldNotBegin(connection, at: now, using: &generator)
        return settle()
    }

    /// Another loop has the place on trial.
    mutating func deny(_ connection: UInt64) -> [PoolMachine.Action] {
        machine.trialDenied(connection, at: now)
        return settle()
    }

    mutating func warmEnded(_ connection: UInt64) -> [PoolMachine.Action] {
        machine.warmEnded(connection, at: now, using: &generator)
        return settle()
    }

    mutating func lose(_ connection: UInt64) -> [PoolMachine.Action] {
        machine.lost(connection)
        return settle()
    }

    mutating func release(_ connection: UInt64) -> [PoolMachine.Action] {
        machine.released(connection)
        return settle()
    }

    mutating func stale(_ connection: UInt64) -> [PoolMachine.Action] {
        machine.turnedOutStale(connection)
        return settle()
    }

    mutating func close() -> [PoolMachine.Action] {
        machine.closed()
        return settle()
    }

    /// The process has a new opinion.
    mutating func tell(
        _ endpoint: Int, _ state: EndpointState = .up, _ admission: EndpointStatus.Admission = .open, isTroubled: Bool = false,
        hasBeenUp: Bool = true, lastFailure: CheckResult? = nil
    ) -> [PoolMachine.Action] {
        machine.endpointChanged(
            endpoint,
            EndpointStatus(state: state, admission: admission, isTroubled: isTroubled, hasBeenUp: hasBeenUp, lastFailure: lastFailure))
        return settle()
    }
}

extension PoolMachine.Action {
    /// The connection that is to be made or upgraded.
    var connection: UInt64? {
        switch self {
        case .connect(let connection, _), .upgrade(let connection, _): connection
        case .retire, .refuse, .report: nil
        }
    }

    /// The endpoint that is to be connected to.
    var endpoint: Int? {
        switch self {
        case .connect(_, let endpoint): endpoint
        case .upgrade, .retire, .refuse, .report: nil
        }
    }

    /// It tells the process something.
    var isReport: Bool {
        switch self {
        case .report: true
        case .connect, .upgrade, .retire, .refuse: false
        }
    }
}
