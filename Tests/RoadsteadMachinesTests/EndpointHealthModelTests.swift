import RoadsteadMachines
import TestSupport
import Testing

/// One endpoint in a world of its own: a backend that comes and goes, checks that take time, sessions that succeed, fail and are lost.
private struct EndpointWorld {
    let policy: HealthPolicy
    var machine: EndpointHealthMachine
    var now = start
    /// What a check would find; nil = a success.
    var trouble: CheckResult?
    var running: (number: UInt64, end: Instant)?
    var lastNumber: UInt64 = 0
    var checks = 0

    init(using generator: inout SeededGenerator) {
        let interval = generator.pick([ms(100), s(2), s(30)])
        let policy = HealthPolicy(
            isPassive: generator.chance(4), interval: interval, timeout: interval / 2, rise: generator.pick([1, 2, 5, 10]),
            fall: generator.pick([1, 3]), failures: generator.pick([0, 1, 3, 5]), eject: generator.pick([ms(50), s(10)]),
            backoffInitial: generator.pick([ms(1), ms(100)]), backoffMaximum: generator.pick([ms(100), s(10)]))
        self.init(policy, using: &generator)
    }

    init(_ policy: HealthPolicy, using generator: inout SeededGenerator) {
        self.policy = policy
        machine = EndpointHealthMachine(policy, at: now, using: &generator)
    }

    /// The next moment at which something happens by itself.
    var nextEvent: Instant { min(machine.deadline, running?.end ?? .never) }

    /// Lets happen what is due by then.
    mutating func advance(to time: Instant, using generator: inout SeededGenerator) -> String? {
        while nextEvent <= time {
            now = max(now, nextEvent)
            if let problem = step(using: &generator) ?? inconsistency { return problem }
        }
        now = max(now, time)
        return nil
    }

    private mutating func step(using generator: inout SeededGenerator) -> String? {
        if let check = running, check.end <= now {
            running = nil
            machine.checkFinished(number: check.number, trouble ?? .ok, at: now, using: &generator)
            return nil
        }
        switch machine.timerFired(at: now) {
        case .none: break
        case .check(let number):
            guard running == nil else { return "a second check at once" }
            guard number > lastNumber else { return "check \(number) after \(lastNumber)" }
            (lastNumber, checks) = (number, checks + 1)
            running = (number, now + duration(using: &generator))
        }
        return machine.deadline > now ? nil : "the timer would fire again at once, for ever"
    }

    /// Checks of a backend that is well are fast; others may take the whole timeout.
    private func duration(using generator: inout SeededGenerator) -> Duration {
        guard trouble != nil else { return policy.interval / (4 * policy.rise) }
        return generator.pick([.zero, ms(1), policy.timeout])
    }

    /// What must be true at any time.
    var inconsistency: String? {
        let status = machine.status
        switch status.admission {
        case .closed:
            let longest = policy.isPassive ? policy.backoffMaximum : policy.interval / 2
            if running == nil, machine.deadline > now + longest { return "closed, and no probe in time" }
        case .open, .trial:
            if status.lastFailure != nil { return "a reason for nothing: \(status)" }
            if policy.isPassive, status.state == .down { return "down for ever" }
        }
        switch status.state {
        case .draining: if !machine.isDraining { return "draining by itself" }
        case .ejected: if !machine.isEjected { return "ejected by itself" }
        case .up: if machine.isEjected || machine.isDraining { return "up though it is out" }
        case .down: if machine.lastCheck == nil { return "down though nobody looked" }
        }
        if running == nil, machine.deadline == .never, !policy.isPassive { return "never checked again" }
        return nil
    }
}

@Suite("Endpoints of random stories")
struct EndpointHealthModelTests {
    @Test("are checked one at a time, never left alone while closed, and never spin")
    func keepsInvariants() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        var seen: [EndpointState: Int] = [:]
        for round in 0..<400 {
            var world = EndpointWorld(using: &generator)
            for step in 0..<100 {
                let before = world.machine
                let problem = happen(&world, using: &generator) ?? world.inconsistency ?? decrease(from: before, to: world.machine)
                if let problem {
                    Issue.record("seed \(seed), round \(round), step \(step): \(problem)")
                    return
                }
                seen[world.machine.status.state, default: 0] += 1
            }
        }
        #expect(EndpointState.allCases.allSatisfy { seen[$0, default: 0] > 500 }, "seed \(seed): \(seen)")
    }

    private func happen(_ world: inout EndpointWorld, using generator: inout SeededGenerator) -> String? {
        let wait = generator.pick([.zero, ms(1), world.policy.interval / 3, world.policy.interval * 2])
        if let problem = world.advance(to: world.now + wait, using: &generator) { return problem }
        let (now, ejections) = (world.now, world.machine.ejections)
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: world.trouble = generator.pick(CheckResult.allCases.filter { $0 != .ok })
        case 1, 2: world.trouble = nil
        case 3: world.machine.connectionLost(at: now)
        case 4: world.machine.attemptSucceeded()
        case 5: if generator.chance(4) { world.machine.drainRequested() } else { world.machine.undrainRequested() }
        case 6: world.machine.checkFinished(number: world.lastNumber + 1, .l4Refused, at: now, using: &generator)
        case _:
            let (result, mayEject) = (generator.pick(CheckResult.allCases.filter { $0 != .ok }), !generator.chance(3))
            world.machine.attemptFailed(result, mayEject: mayEject, at: now, using: &generator)
            if !mayEject, world.machine.ejections != ejections { return "ejected though it may not be" }
        }
        return nil
    }

    private func decrease(from before: EndpointHealthMachine, to after: EndpointHealthMachine) -> String? {
        guard after.failures >= before.failures, after.ejections >= before.ejections, after.reconnects >= before.reconnects else {
            return "a counter went down"
        }
        return before.status.hasBeenUp && !after.status.hasBeenUp ? "it has never been up any more" : nil
    }

    @Test("are up within one interval after the backend is back")
    func recovers() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        var recovered = 0
        for round in 0..<2000 {
            var world = EndpointWorld(using: &generator)
            world.trouble = generator.pick(CheckResult.allCases.filter { $0 != .ok })
            if generator.chance(2) { world.machine.connectionLost(at: world.now) }
            // Long enough to be down, and then any moment.
            let outage = world.policy.interval * 8 + .nanoseconds(Int64.random(in: 0...10_000_000_000, using: &generator))
            if let problem = world.advance(to: world.now + outage, using: &generator) {
                Issue.record("seed \(seed), round \(round): \(problem)")
                return
            }
            guard world.machine.status != EndpointStatus() else { continue }
            world.trouble = nil
            let limit = world.policy.isPassive ? world.policy.backoffMaximum + world.policy.interval : world.policy.interval
            let problem = world.advance(to: world.now + limit, using: &generator)
            let status = world.machine.status
            guard problem == nil, status.state == .up, status.admission != .closed else {
                Issue.record("seed \(seed), round \(round): \(problem ?? "\(status)") with \(world.policy)")
                return
            }
            recovered += 1
        }
        #expect(recovered > 1000, "seed \(seed)")
    }

    @Test("see no more probes than the backoff allows, however many sessions lose them")
    func probesAreBounded() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let policy = HealthPolicy(isPassive: true, timeout: s(1), fall: 1000, failures: 0, backoffMaximum: s(1))
        var world = EndpointWorld(policy, using: &generator)
        world.trouble = .l4Refused
        for _ in 0..<60_000 {
            world.now += ms(1)
            world.machine.connectionLost(at: world.now)
            world.machine.attemptFailed(.l4Refused, mayEject: true, at: world.now, using: &generator)
            if let problem = world.advance(to: world.now, using: &generator) { Issue.record("seed \(seed): \(problem)") }
        }
        // A wait of half a second and a probe of a third: 72 a minute on average.
        #expect((40...120).contains(world.checks), "seed \(seed): \(world.checks) probes in a minute")
    }
}
