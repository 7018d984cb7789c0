import RoadsteadMachines
import TestSupport
import Testing

@Suite("The health of an upstream")
struct UpstreamHealthMachineTests {
    /// Ejected by one failure, never checked.
    private func upstream(_ count: Int, share: Int = 50) -> UpstreamHealthMachine {
        var generator = SeededGenerator(seed: 1)
        return UpstreamHealthMachine(
            endpoints: count, policy: HealthPolicy(isPassive: true, fall: 1, failures: 1, maximumEjected: share), at: start,
            using: &generator)
    }

    private func changes(of machine: inout UpstreamHealthMachine) -> [UpstreamHealthMachine.Change] {
        var changes: [UpstreamHealthMachine.Change] = []
        while let change = machine.nextChange() { changes.append(change) }
        return changes
    }

    @Test(
        "ejects no more endpoints than their share",
        arguments: [
            (1, 50, 0), (1, 99, 0), (1, 100, 1), (2, 49, 0), (2, 50, 1), (2, 51, 1), (3, 33, 0), (3, 34, 1), (3, 50, 1), (3, 67, 2),
            (4, 50, 2),
            (10, 100, 10), (5, 0, 0),
        ])
    func share(endpoints: Int, percent: Int, allowed: Int) {
        var generator = SeededGenerator(seed: 1)
        var machine = upstream(endpoints, share: percent)
        for endpoint in 0..<endpoints {
            machine.reported(.attemptFailed(.httpStatus), endpoint: endpoint, at: start, using: &generator)
        }
        #expect(machine.endpoints.map(\.isEjected) == (0..<endpoints).map { $0 < allowed })
    }

    @Test("ejects with its next failure an endpoint that the share did not allow, when another is back")
    func triesAgain() {
        var generator = SeededGenerator(seed: 1)
        var machine = upstream(2)
        machine.reported(.attemptFailed(.httpStatus), endpoint: 0, at: start, using: &generator)
        machine.reported(.attemptFailed(.httpStatus), endpoint: 1, at: start, using: &generator)
        #expect(machine.endpoints.map(\.status.state) == [.ejected, .up])
        #expect(machine.timerFired(endpoint: 0, at: at(s(10))) == .none)
        #expect(machine.endpoints.map(\.status.state) == [.up, .up])
        machine.reported(.attemptFailed(.httpStatus), endpoint: 1, at: at(s(10)), using: &generator)
        #expect(machine.endpoints.map(\.status.state) == [.up, .ejected])
        machine.reported(.attemptFailed(.httpStatus), endpoint: 0, at: at(s(10)), using: &generator)
        #expect(machine.endpoints[0].status.admission == .closed)
    }

    @Test("counts an ejected endpoint against the share even if another word is shown")
    func hiddenEjection() {
        var generator = SeededGenerator(seed: 1)
        var machine = upstream(2)
        machine.reported(.attemptFailed(.httpStatus), endpoint: 0, at: start, using: &generator)
        machine.drainRequested(endpoint: 0)
        machine.reported(.attemptFailed(.httpStatus), endpoint: 1, at: start, using: &generator)
        #expect(machine.endpoints.map(\.status.state) == [.draining, .up])
    }

    @Test("tells each change once, in order, and nothing else")
    func tellsChanges() {
        var generator = SeededGenerator(seed: 1)
        var machine = upstream(2)
        #expect(machine.nextChange() == nil)
        machine.reported(.attemptSucceeded, endpoint: 1, at: start, using: &generator)
        let up = EndpointStatus(hasBeenUp: true)
        #expect(changes(of: &machine) == [.endpoint(1, from: EndpointStatus(), to: up)])
        machine.reported(.attemptSucceeded, endpoint: 1, at: start, using: &generator)
        #expect(machine.nextChange() == nil)
        machine.reported(.connectionLost, endpoint: 1, at: start, using: &generator)
        #expect(machine.timerFired(endpoint: 1, at: start) == .check(number: 1))
        machine.checkFinished(endpoint: 1, number: 1, .l4Refused, at: start, using: &generator)
        let lost = EndpointStatus(admission: .closed, hasBeenUp: true)
        let down = EndpointStatus(state: .down, admission: .closed, hasBeenUp: true, lastFailure: .l4Refused)
        #expect(changes(of: &machine) == [.endpoint(1, from: up, to: lost), .endpoint(1, from: lost, to: down)])
    }

    @Test("tells nothing of a check that could not be made")
    func tellsNoAbandonedCheck() {
        var generator = SeededGenerator(seed: 1)
        var machine = upstream(2)
        machine.reported(.connectionLost, endpoint: 1, at: start, using: &generator)
        #expect(machine.timerFired(endpoint: 1, at: start) == .check(number: 1))
        _ = changes(of: &machine)
        machine.checkAbandoned(endpoint: 1, number: 1, at: start)
        #expect(machine.nextChange() == nil)
        #expect(machine.endpoints[1].deadline == at(.seconds(1)) && machine.endpoints[0].deadline == .never)
        #expect(machine.endpoints[1].lastCheck == nil && machine.endpoints[1].failures == 0)
    }

    @Test("panics when no endpoint is up, whatever the reasons, and is calm when one is")
    func panics() {
        var generator = SeededGenerator(seed: 1)
        var machine = upstream(3, share: 100)
        machine.reported(.attemptFailed(.httpStatus), endpoint: 0, at: start, using: &generator)
        machine.drainRequested(endpoint: 1)
        #expect(!machine.isPanicking)
        machine.reported(.connectionLost, endpoint: 2, at: start, using: &generator)
        #expect(machine.timerFired(endpoint: 2, at: start) == .check(number: 1))
        #expect(!machine.isPanicking)
        _ = changes(of: &machine)
        machine.checkFinished(endpoint: 2, number: 1, .l4Refused, at: start, using: &generator)
        #expect(machine.isPanicking)
        #expect(changes(of: &machine).last == .panicBegan)
        machine.drainRequested(endpoint: 0)
        #expect(!changes(of: &machine).contains(.panicBegan))
        machine.undrainRequested(endpoint: 1)
        #expect(!machine.isPanicking)
        #expect(changes(of: &machine).last == .panicEnded)
    }

    @Test("never passes the share in random stories")
    func shareIsKept() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for round in 0..<300 {
            let count = Int.random(in: 1...8, using: &generator)
            let percent = generator.pick([0, 10, 33, 50, 75, 100])
            let policy = HealthPolicy(failures: generator.pick([1, 2]), maximumEjected: percent)
            var machine = UpstreamHealthMachine(endpoints: count, policy: policy, at: start, using: &generator)
            var (now, wasPanicking) = (start, false)
            for _ in 0..<200 {
                now += generator.pick([.zero, ms(100), s(3)])
                let endpoint = Int.random(in: 0..<count, using: &generator)
                switch Int.random(in: 0..<6, using: &generator) {
                case 0:
                    if case .check(let number) = machine.timerFired(endpoint: endpoint, at: now) {
                        let result = generator.pick([CheckResult.ok, .ok, .httpStatus, .l4Refused])
                        machine.checkFinished(endpoint: endpoint, number: number, result, at: now, using: &generator)
                    }
                case 1: machine.reported(.attemptSucceeded, endpoint: endpoint, at: now, using: &generator)
                case 2: machine.reported(.connectionLost, endpoint: endpoint, at: now, using: &generator)
                case 3:
                    if generator.chance(3) {
                        machine.drainRequested(endpoint: endpoint)
                    } else {
                        machine.undrainRequested(endpoint: endpoint)
                    }
                case _: machine.reported(.attemptFailed(.httpStatus), endpoint: endpoint, at: now, using: &generator)
                }
                for change in changes(of: &machine) {
                    switch change {
                    case .endpoint(_, let before, let after): #expect(before != after, "seed \(seed), round \(round)")
                    case .panicBegan, .panicEnded:
                        #expect(wasPanicking == (change == .panicEnded), "seed \(seed), round \(round)")
                        wasPanicking.toggle()
                    }
                }
                let ejected = machine.endpoints.count(where: \.isEjected)
                #expect(ejected <= count * percent / 100, "seed \(seed), round \(round)")
                #expect(machine.isPanicking == wasPanicking, "seed \(seed), round \(round)")
            }
        }
    }
}
