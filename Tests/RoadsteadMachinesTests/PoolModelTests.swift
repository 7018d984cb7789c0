import RoadsteadMachines
import Testing

/// What a pool should hold, kept the obvious way.
private struct PoolModel {
    struct Lease {
        var endpoint: Int
        var tried: Set<Int>
        var isAttached = false
    }

    let balance: PoolMachine.Balance
    let maximum: Int
    var leases: [UInt64: Lease] = [:]
    var connections: [Int]
    /// Round robin: where the last connect went.
    var last: Int

    /// Checks what the pool decided for a lease, and follows it.
    mutating func follow(_ action: PoolMachine.Action?, lease: UInt64, tried: Set<Int>, failure: PoolRefusal?) -> String? {
        switch action {
        case .connect(let named, let endpoint):
            guard named == lease else { return "another lease was named" }
            guard failure?.allowsAnotherEndpoint != false else { return "the application said no" }
            guard !tried.contains(endpoint) else { return "endpoint \(endpoint) was tried already" }
            guard leases.count < maximum else { return "the maximum was passed" }
            let open = connections.indices.filter { !tried.contains($0) }
            switch balance {
            case .leastSessions:
                guard connections[endpoint] == open.map({ connections[$0] }).min() else { return "not a minimum" }
            case .roundRobin:
                let count = connections.count
                let turn = (1...count).map { (last + $0) % count }.first { !tried.contains($0) }
                guard endpoint == turn else { return "not its turn" }
            }
            last = endpoint
            connections[endpoint] += 1
            leases[lease] = Lease(endpoint: endpoint, tried: tried)
        case .refuse(let named, let refusal):
            guard named == lease else { return "another lease was named" }
            guard refusal == failure ?? .noCapacity else { return "the wrong refusal" }
            let isExhausted = tried.count == connections.count
            guard isExhausted || failure?.allowsAnotherEndpoint == false || (failure == nil && leases.count >= maximum) else {
                return "refused though an endpoint was left"
            }
        case nil:
            return "no answer"
        }
        return nil
    }
}

@Suite("Pools of random stories")
struct PoolModelTests {
    @Test(
        "count right, never exceed the maximum and never try an endpoint twice",
        arguments: [PoolMachine.Balance.roundRobin, .leastSessions])
    func agreesWithModel(_ balance: PoolMachine.Balance) {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for round in 0..<400 {
            if let problem = story(balance, using: &generator) {
                Issue.record("seed \(seed), round \(round): \(problem)")
                return
            }
        }
    }

    private func story(_ balance: PoolMachine.Balance, using generator: inout SeededGenerator) -> String? {
        let endpoints = Int.random(in: 1...5, using: &generator)
        let maximum = generator.pick([1, 3, 10, 1000])
        let offset = Int.random(in: 0...7, using: &generator)
        var pool = PoolMachine(endpoints: endpoints, balance: balance, maximum: maximum, offset: offset)
        var model = PoolModel(
            balance: balance, maximum: maximum, connections: Array(repeating: 0, count: endpoints),
            last: (offset + endpoints - 1) % endpoints)
        var named: UInt64 = 0
        for _ in 0..<100 {
            // Mostly a lease that lives, sometimes one that is over or never was.
            let known =
                generator.chance(5)
                ? UInt64.random(in: 0...named + 1, using: &generator) : model.leases.keys.sorted().randomElement(using: &generator) ?? 0
            let problem: String?
            switch Int.random(in: 0..<6, using: &generator) {
            case 0, 1:
                named += 1
                problem = model.follow(pool.leaseRequested(named), lease: named, tried: [], failure: nil)
            case 2:
                pool.attached(known)
                model.leases[known]?.isAttached = true
                problem = nil
            case 3:
                pool.released(known)
                if let gone = model.leases.removeValue(forKey: known) { model.connections[gone.endpoint] -= 1 }
                problem = nil
            case _:
                let failure = generator.pick([PoolRefusal.tooSlow, .unreachable("x"), .declined(status: 500), .declined(status: 404)])
                let action = pool.attemptFailed(known, failure)
                guard let lease = model.leases[known], !lease.isAttached else {
                    problem = action == nil ? nil : "an action for a lease that does not connect"
                    break
                }
                model.leases[known] = nil
                model.connections[lease.endpoint] -= 1
                problem = model.follow(action, lease: known, tried: lease.tried.union([lease.endpoint]), failure: failure)
            }
            if let problem { return problem }
            guard pool.connections == model.connections else { return "\(pool.connections) instead of \(model.connections)" }
            guard pool.leaseCount == model.leases.count else { return "\(pool.leaseCount) leases instead of \(model.leases.count)" }
            guard pool.connections.allSatisfy({ $0 >= 0 }), pool.leaseCount <= maximum else { return "out of bounds" }
        }
        return nil
    }
}
