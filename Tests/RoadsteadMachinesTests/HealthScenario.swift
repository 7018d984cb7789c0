import RoadsteadMachines
import TestSupport
import Testing

/// One thing that happens to an endpoint, or that must be true of it then. Times are since the start.
enum HealthStep: Sendable {
    /// A timer, and what must come of it.
    case timer(at: Duration, EndpointHealthMachine.Action)
    /// The check that is under way ends.
    case checked(CheckResult, at: Duration)
    /// A timer that must ask for a check, which ends at once.
    case look(CheckResult, at: Duration)
    /// A result with this number comes, asked for or not.
    case stray(number: UInt64, CheckResult, at: Duration)
    /// The check with this number, asked for or not, could not be made.
    case abandoned(number: UInt64, at: Duration)
    case failed(CheckResult, at: Duration, mayEject: Bool = true)
    case succeeded
    case lost(at: Duration)
    case drained
    case undrained
    case shows(EndpointState, EndpointStatus.Admission = .open, lastFailure: CheckResult? = nil)
    case isTroubled(Bool)
    case hasBeenUp(Bool)
    case lastCheck(CheckResult?)
    case counts(failures: UInt64, ejections: UInt64 = 0, reconnects: UInt64 = 0)
    /// What the machine waits for; nil = nothing.
    case waits(until: Duration?)
}

/// An endpoint's story. Checks every 2 s, rise 2, fall 3, five failures eject for 10 s. Waits before probes are at least so long that half
/// an interval, 1 s, comes first, or (`.zero`) none at all: so that times are exact though they are random.
struct HealthScenario: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let policy: HealthPolicy
    let steps: [HealthStep]

    init(_ name: String, backoff: Duration = .seconds(1 << 40), with change: (inout HealthPolicy) -> Void = { _ in }, _ steps: [HealthStep])
    {
        testDescription = name
        var policy = HealthPolicy(backoffInitial: backoff, backoffMaximum: backoff)
        change(&policy)
        self.policy = policy
        self.steps = steps
    }

    /// Plays it.
    func play() {
        var generator = SeededGenerator(seed: 7)
        var machine = EndpointHealthMachine(policy, at: start, using: &generator)
        var number: UInt64 = 0
        for (index, step) in steps.enumerated() {
            let place: Comment = "step \(index): \(step)"
            switch step {
            case .timer(let time, let expected):
                let action = machine.timerFired(at: at(time))
                #expect(action == expected, place)
                if case .check(let asked) = action { number = asked }
                #expect(machine.deadline > at(time), "the timer would fire again at once, for ever: \(place)")
            case .checked(let result, let time):
                machine.checkFinished(number: number, result, at: at(time), using: &generator)
            case .look(let result, let time):
                number += 1
                #expect(machine.timerFired(at: at(time)) == .check(number: number), place)
                machine.checkFinished(number: number, result, at: at(time), using: &generator)
            case .stray(let number, let result, let time):
                machine.checkFinished(number: number, result, at: at(time), using: &generator)
            case .abandoned(let number, let time): machine.checkAbandoned(number: number, at: at(time))
            case .failed(let result, let time, let mayEject):
                machine.attemptFailed(result, mayEject: mayEject, at: at(time), using: &generator)
            case .succeeded: machine.attemptSucceeded()
            case .lost(let time): machine.connectionLost(at: at(time))
            case .drained: machine.drainRequested()
            case .undrained: machine.undrainRequested()
            case .shows(let state, let admission, let lastFailure):
                let status = machine.status
                #expect(status.state == state && status.admission == admission && status.lastFailure == lastFailure, "\(status), \(place)")
            case .isTroubled(let expected): #expect(machine.status.isTroubled == expected, place)
            case .hasBeenUp(let expected): #expect(machine.status.hasBeenUp == expected, place)
            case .lastCheck(let expected): #expect(machine.lastCheck == expected, place)
            case .counts(let failures, let ejections, let reconnects):
                let counts = [machine.failures, machine.ejections, machine.reconnects]
                #expect(counts == [failures, ejections, reconnects], place)
            case .waits(let time):
                #expect(machine.deadline == (time.map(at) ?? .never), "\(start.duration(to: machine.deadline)), \(place)")
            }
        }
    }
}

/// So many milliseconds.
func ms(_ count: Int) -> Duration { .milliseconds(count) }

/// So many seconds.
func s(_ count: Int) -> Duration { .seconds(count) }
