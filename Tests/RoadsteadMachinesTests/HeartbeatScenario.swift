import RoadsteadMachines
import Testing

/// One thing that happens to a heartbeat, and what must come of it. Times are since the opening.
enum HeartbeatStep: Sendable {
    case received(at: Duration)
    case drained(at: Duration)
    case paused
    case resumed(at: Duration)
    case pong(UInt64?, at: Duration, measures: Duration?)
    /// A timer; the n-th ping carries n.
    case timer(at: Duration, HeartbeatMachine.Action)
    /// What the machine waits for; `nil` = nothing.
    case waits(until: Duration?)
}

/// A heartbeat's story: interval 20 s, timeout 10 s, phase 0 unless it says otherwise.
struct HeartbeatScenario: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var policy = HeartbeatPolicy(interval: .seconds(20), timeout: .seconds(10))
    var phase = 0.0
    let steps: [HeartbeatStep]

    init(_ name: String, interval: Duration? = .seconds(20), timeout: Duration = .seconds(10), phase: Double = 0, _ steps: [HeartbeatStep])
    {
        testDescription = name
        policy = HeartbeatPolicy(interval: interval, timeout: timeout)
        self.phase = phase
        self.steps = steps
    }

    /// Plays it.
    func play() {
        var machine = HeartbeatMachine(openedAt: start, phase: phase, policy: policy)
        var pings: UInt64 = 0
        for (index, step) in steps.enumerated() {
            switch step {
            case .received(let time): machine.bytesReceived(at: at(time))
            case .drained(let time): machine.queueDrained(at: at(time))
            case .paused: machine.readingPaused()
            case .resumed(let time): machine.readingResumed(at: at(time))
            case .pong(let payload, let time, let expected):
                #expect(machine.pongReceived(payload: payload, at: at(time)) == expected, "step \(index): \(step)")
            case .timer(let time, let expected):
                let action = machine.timerFired(at: at(time), payload: pings + 1, policy: policy)
                if case .ping = action { pings += 1 }
                #expect(action == expected, "step \(index): \(step)")
                #expect(machine.deadline(policy) > at(time), "step \(index): the timer would fire again at once, for ever: \(step)")
            case .waits(let time):
                #expect(machine.deadline(policy) == (time.map(at) ?? .never), "step \(index): \(step)")
            }
        }
    }
}
