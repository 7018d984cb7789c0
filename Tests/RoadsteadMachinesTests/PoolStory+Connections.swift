import RoadsteadMachines
import TestSupport

// What happens to the connections of a story.
extension PoolStory {
    /// Something happens to a connection, or is said to.
    mutating func event(_ connection: UInt64, using generator: inout SeededGenerator) {
        guard let link = links[connection] else { return nonsense(connection, using: &generator) }
        switch link.stage {
        case .connecting:
            guard !generator.chance(20) else {
                // For want of a descriptor: nobody is told, and nobody is to blame.
                machine.couldNotBegin(connection, at: now, using: &generator)
                links[connection] = nil
                return
            }
            guard !generator.chance(3) else { return fail(connection, link, using: &generator) }
            if let lease = machine.established(connection, at: now) {
                expect(waiting[lease] != nil && !isAttempted(lease), "lease \(lease) was served twice")
                links[connection]?.stage = .upgrading(lease: lease)
            } else {
                links[connection]?.stage = .warm
            }
        case .warm:
            machine.warmEnded(connection, at: now, using: &generator)
            links[connection] = nil
        case .upgrading(let lease):
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: fail(connection, link, using: &generator)
            case 1:
                machine.turnedOutStale(connection)
                links[connection] = nil
            case _:
                attach(connection, lease)
            }
        case .leased:
            guard generator.chance(2) else {
                machine.closing(connection)
                links[connection]?.stage = .closing
                return
            }
            if isOpen(link.endpoint) { reports.append((link.endpoint, .connectionLost)) }
            machine.lost(connection)
            isSuspected[link.endpoint] = true
            links[connection] = nil
        case .closing:
            machine.released(connection)
            links[connection] = nil
        }
    }

    private mutating func attach(_ connection: UInt64, _ lease: UInt64) {
        guard let endpoint = links[connection]?.endpoint else { return }
        machine.attached(connection)
        links[connection]?.stage = .leased
        expect(waiting.removeValue(forKey: lease) != nil, "lease \(lease) was attached twice")
        ends[lease] = .attached
        answered(endpoint)
    }

    /// The endpoint serves: the process is told if that is news.
    private mutating func answered(_ endpoint: Int) {
        let status = machine.status(endpoint)
        if status.isTroubled || status.admission == .trial || !isKnownUp[endpoint] { reports.append((endpoint, .attemptSucceeded)) }
        isKnownUp[endpoint] = true
    }

    private mutating func fail(_ connection: UInt64, _ link: Link, using generator: inout SeededGenerator) {
        let failure = generator.pick([
            PoolRefusal.tooSlow, .unreachable("x"), .dropped("x"), .declined(status: 500), .declined(status: 404),
        ])
        let result: CheckResult? = failure == .declined(status: 404) ? nil : generator.pick(CheckResult.allCases)
        let (attempts, wasOnTrial) = (machine.attempts(link.endpoint), machine.status(link.endpoint).admission == .trial)
        machine.attemptFailed(connection, failure, result)
        let wasWarming = machine.attempts(link.endpoint) == attempts
        if wasWarming {
            if isOpen(link.endpoint) { reports.append((link.endpoint, .connectionLost)) }
        } else if let result {
            reports.append((link.endpoint, .attemptFailed(result)))
        } else {
            // The application's own no.
            answered(link.endpoint)
        }
        if wasWarming || result.map({ !$0.isReachable || wasOnTrial }) == true { isSuspected[link.endpoint] = true }
        links[connection] = nil
    }

    /// Inputs about connections that are not there.
    private mutating func nonsense(_ connection: UInt64, using generator: inout SeededGenerator) {
        expect(machine.established(connection, at: now) == nil, "established what was not there")
        machine.attached(connection)
        machine.attemptFailed(connection, .tooSlow, .l4Timeout)
        machine.couldNotBegin(connection, at: now, using: &generator)
        machine.trialDenied(connection, at: now)
        machine.turnedOutStale(connection)
        machine.warmEnded(connection, at: now, using: &generator)
        machine.lost(connection)
        machine.closing(connection)
        machine.released(connection)
    }

    /// Time passes and every connection answers: then nobody may be left waiting.
    mutating func finish(using generator: inout SeededGenerator) {
        for endpoint in 0..<endpoints {
            machine.endpointChanged(endpoint, EndpointStatus(hasBeenUp: true))
            (admissions[endpoint], isSuspected[endpoint], isKnownUp[endpoint]) = (.open, false, true)
        }
        settle(using: &generator)
        for _ in 0..<2000 where problem == nil && !waiting.isEmpty {
            for (connection, link) in links.sorted(by: { $0.key < $1.key }) where links[connection] != nil {
                switch link.stage {
                case .connecting:
                    let lease = machine.established(connection, at: now)
                    links[connection]?.stage = lease.map { .upgrading(lease: $0) } ?? .warm
                case .upgrading(let lease):
                    attach(connection, lease)
                case .leased, .closing:
                    machine.released(connection)
                    links[connection] = nil
                case .warm: continue
                }
                settle(using: &generator)
            }
            pass(.milliseconds(500), using: &generator)
            settle(using: &generator)
        }
        expect(waiting.isEmpty, "\(waiting) never ended")
        expect(ends.count == Int(named), "\(ends.count) of \(named) leases ended")
    }
}
