import RoadsteadMachines
import TestSupport

/// A pool, its driver, its backends and its clients, all at random; and what must hold after every step, kept the obvious way.
struct PoolStory {
    /// How a lease can end.
    enum End: CaseIterable {
        case attached, refused, abandoned
    }

    /// What a connection is for, and how far it has come.
    enum Stage {
        case connecting(lease: UInt64?), warm, upgrading(lease: UInt64), leased, closing
    }

    struct Link {
        let endpoint: Int
        var stage: Stage
    }

    var ends: [UInt64: End] = [:]
    private let problems = Problems()
    var problem: String? { problems.first }
    var machine: PoolMachine
    private let policy: PoolPolicy
    let endpoints: Int
    private let isHashing: Bool
    var now = start
    private var timer = Instant.never
    var links: [UInt64: Link] = [:]
    var waiting: [UInt64: LeaseRequest] = [:]
    var named: UInt64 = 0
    /// What the test last said of each endpoint, and whether it was suspected since.
    var admissions: [EndpointStatus.Admission]
    var isSuspected: [Bool]
    /// The process knows that it has been up, or was told.
    var isKnownUp: [Bool]
    /// What is still to be told to the process.
    var reports: [(endpoint: Int, report: EndpointReport)] = []

    init(_ balance: Balancer.Method, using generator: inout SeededGenerator) {
        endpoints = Int.random(in: 1...4, using: &generator)
        isHashing = balance == .hash
        policy = PoolPolicy(
            maximum: generator.pick([1, 2, 5, 200]), warm: generator.pick([0, 0, 1, 3]),
            backoff: Backoff(initial: generator.pick([.zero, .milliseconds(1), .milliseconds(100)]), maximum: .seconds(2)))
        machine = PoolMachine(names: (0..<endpoints).map { "ws://\($0):1" }, balance: balance, offset: 0, policy: policy)
        admissions = Array(repeating: .open, count: endpoints)
        isSuspected = Array(repeating: false, count: endpoints)
        isKnownUp = Array(repeating: false, count: endpoints)
    }

    func expect(_ holds: Bool, _ words: @autoclosure () -> String) { problems.expect(holds, words()) }

    // MARK: - The driver

    mutating func settle(using generator: inout SeededGenerator) {
        var actions = 0
        while problem == nil, let action = machine.next(at: now, using: &generator) {
            actions += 1
            expect(actions < 20_000, "next never ends: \(action)")
            perform(action, using: &generator)
        }
        expect(reports.isEmpty, "not told: \(reports)")
        expect(machine.deadline > now, "the deadline \(now.duration(to: machine.deadline)) is not in the future")
        timer = min(timer, machine.deadline)
        check()
    }

    private mutating func perform(_ action: PoolMachine.Action, using generator: inout SeededGenerator) {
        switch action {
        case .connect(let connection, let endpoint):
            expect(links[connection] == nil && endpoint < endpoints, "connection \(connection) was made before")
            expect(isOpen(endpoint), "connected to a closed endpoint")
            let isSecond = machine.isAttempt(connection) && machine.attempts(endpoint) > 1
            expect(admissions[endpoint] != .trial || !isSecond, "a second one on trial")
            if isDenied(connection, endpoint, using: &generator) { return }
            // Whom it is for is known when it is established: until then the books of the machine must do.
            links[connection] = Link(endpoint: endpoint, stage: .connecting(lease: nil))
        case .upgrade(let connection, let lease):
            guard let link = links[connection], case .warm = link.stage else {
                return expect(false, "upgrade of connection \(connection), which is not warm")
            }
            expect(waiting[lease] != nil && !isAttempted(lease), "lease \(lease) was served twice")
            expect(isOpen(link.endpoint), "a warm one of a closed endpoint was taken")
            if isDenied(connection, link.endpoint, using: &generator) { return }
            links[connection]?.stage = .upgrading(lease: lease)
        case .retire(let connection):
            guard let link = links.removeValue(forKey: connection), case .warm = link.stage else {
                return expect(false, "retired connection \(connection), which is not warm")
            }
        case .refuse(let lease, _):
            guard let request = waiting.removeValue(forKey: lease) else { return expect(false, "refused lease \(lease), which is over") }
            if case .held = request.patience { expect(false, "refused a held lease") }
            ends[lease] = .refused
        case .report(let endpoint, let report):
            expect(reports.first?.endpoint == endpoint && reports.first?.report == report, "\(report) instead of \(reports)")
            if !reports.isEmpty { reports.removeFirst() }
        }
    }

    /// Another loop may have the one attempt that an endpoint on trial gets: then this loop's is no attempt.
    private mutating func isDenied(_ connection: UInt64, _ endpoint: Int, using generator: inout SeededGenerator) -> Bool {
        guard admissions[endpoint] == .trial, machine.isAttempt(connection), generator.chance(3) else { return false }
        machine.trialDenied(connection, at: now)
        expect(machine.attempts(endpoint) == 0, "an attempt that was denied goes on")
        return true
    }

    func isOpen(_ endpoint: Int) -> Bool { admissions[endpoint] != .closed && !isSuspected[endpoint] }

    func isAttempted(_ lease: UInt64) -> Bool {
        links.values.contains { link in
            switch link.stage {
            case .upgrading(let named): named == lease
            case .connecting(let named): named == lease
            case .warm, .leased, .closing: false
            }
        }
    }

    private func check() {
        expect(links.count == machine.connectionCount && links.count <= policy.maximum, "\(links.count) connections")
        var counts = [ConnectionCounts](repeating: ConnectionCounts(), count: endpoints)
        var upgrading = [Int](repeating: 0, count: endpoints)
        for link in links.values {
            switch link.stage {
            case .connecting: counts[link.endpoint].connecting += 1
            case .upgrading:
                counts[link.endpoint].connecting += 1
                upgrading[link.endpoint] += 1
            case .warm: counts[link.endpoint].warm += 1
            case .leased: counts[link.endpoint].leased += 1
            case .closing: counts[link.endpoint].closing += 1
            }
        }
        for endpoint in 0..<endpoints {
            let (told, attempts) = (machine.counts(endpoint), machine.attempts(endpoint))
            counts[endpoint].backingOff = told.backingOff
            expect(told == counts[endpoint] && told.backingOff >= 0, "endpoint \(endpoint): \(told) instead of \(counts)")
            expect(attempts >= upgrading[endpoint] && attempts <= told.connecting, "\(told) with \(attempts) attempts")
        }
        let attempts = (0..<endpoints).reduce(0) { $0 + machine.attempts($1) }
        expect(
            machine.waitingCount == waiting.count - attempts, "\(machine.waitingCount) wait of \(waiting.count) and \(attempts) attempts")
        expect(waiting.values.count { $0.patience == .none } <= attempts, "somebody waits who has no patience")
    }

    // MARK: - Steps

    mutating func step(using generator: inout SeededGenerator) {
        switch Int.random(in: 0..<20, using: &generator) {
        case 0...5: request(using: &generator)
        case 6: abandon(using: &generator)
        case 7, 8: opine(Int.random(in: 0..<endpoints, using: &generator), using: &generator)
        case 9: pass(generator.pick([.zero, .milliseconds(1), .milliseconds(300), .seconds(1), .seconds(20)]), using: &generator)
        case 10 where generator.chance(10): machine.closed()
        case _:
            // Mostly a connection that lives, sometimes one that is over or never was.
            let known = links.keys.sorted().randomElement(using: &generator)
            event(generator.chance(20) ? UInt64.random(in: 0...200, using: &generator) : known ?? 0, using: &generator)
        }
        settle(using: &generator)
    }

    private mutating func request(using generator: inout SeededGenerator) {
        named += 1
        let patience: LeaseRequest.Patience =
            switch Int.random(in: 0..<6, using: &generator) {
            case 0, 1: .held(notBefore: now + generator.pick([.zero, .milliseconds(50), .seconds(3)]))
            case 2: .none
            case _: .queued(until: now + generator.pick([.zero, .seconds(1), .seconds(5)]))
            }
        let key: UInt64? = isHashing && !generator.chance(4) ? generator.next() : nil
        let avoided = generator.chance(2) ? nil : Int.random(in: 0..<endpoints, using: &generator)
        let request = LeaseRequest(key: key, patience: patience, avoided: avoided)
        waiting[named] = request
        machine.leaseRequested(named, request)
    }

    private mutating func abandon(using generator: inout SeededGenerator) {
        let lease = generator.chance(8) ? named + 7 : waiting.keys.sorted().randomElement(using: &generator) ?? 0
        let dropped = machine.leaseAbandoned(lease)
        if waiting.removeValue(forKey: lease) != nil { ends[lease] = .abandoned } else { expect(dropped == nil, "dropped for nobody") }
        guard let dropped else { return }
        expect(links.removeValue(forKey: dropped) != nil, "dropped a connection that was not there")
        machine.released(dropped)
    }

    private mutating func opine(_ endpoint: Int, using generator: inout SeededGenerator) {
        let status = EndpointStatus(
            state: generator.chance(3) ? generator.pick(EndpointState.allCases) : .up,
            admission: generator.pick([.open, .open, .open, .trial, .closed]), isTroubled: generator.chance(3),
            hasBeenUp: generator.chance(2), lastFailure: generator.chance(2) ? nil : generator.pick(CheckResult.allCases))
        machine.endpointChanged(endpoint, status)
        if status.hasBeenUp { isKnownUp[endpoint] = true }
        admissions[endpoint] = status.admission
        isSuspected[endpoint] = false
        expect(machine.status(endpoint).state == status.state, "the status was not taken over")
    }

    mutating func pass(_ time: Duration, using generator: inout SeededGenerator) {
        let end = now + time
        var fired = 0
        while problem == nil, timer <= end {
            now = max(now, timer + (generator.chance(3) ? .milliseconds(5) : .zero))
            timer = .never
            settle(using: &generator)
            fired += 1
            expect(fired < 5000, "timers without end")
        }
        now = max(now, end)
    }
}
