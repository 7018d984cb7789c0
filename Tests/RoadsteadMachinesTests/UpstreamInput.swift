import RoadsteadMachines

/// Everything that a driver can tell an upstream connection.
enum UpstreamInput: Sendable, Hashable, CaseIterable {
    case upgraded, attemptFailed, closed, closedWithoutCode, goingAway, restarting, tryAgainLater, ended, sessionEnded
    case bytesReceived, queueDrained, readingPaused, readingResumed, pongReceived
    case timerFired

    /// Tells it, with fixed words; `nil` if the input has no action.
    func apply(to machine: inout UpstreamMachine, at now: Instant, payload: UInt64 = 1) -> UpstreamMachine.Action? {
        switch self {
        case .upgraded: machine.upgraded(at: now, phase: 0)
        case .bytesReceived: machine.bytesReceived(at: now)
        case .queueDrained: machine.queueDrained(at: now)
        case .readingPaused: machine.readingPaused()
        case .readingResumed: machine.readingResumed(at: now)
        case .pongReceived: machine.pongReceived(payload: payload, at: now)
        case .sessionEnded: _ = machine.sessionEnded(at: now)
        case .attemptFailed: return machine.attemptFailed(.declined(status: 500))
        case .closed: return machine.closeReceived(code: 4001, reason: "bye")
        case .closedWithoutCode: return machine.closeReceived(code: nil, reason: "")
        case .goingAway: return machine.closeReceived(code: 1001, reason: "deploy")
        case .restarting: return machine.closeReceived(code: 1012, reason: "deploy")
        case .tryAgainLater: return machine.closeReceived(code: 1013, reason: "deploy")
        case .ended: return machine.ended("reset by peer")
        case .timerFired: return machine.timerFired(at: now, payload: payload)
        }
        return nil
    }
}

/// The phases of an upstream connection.
enum UpstreamPhase: Sendable, CaseIterable {
    case attempting, attached, closing, closed

    /// A connection in this phase, begun at `start`: connect 3 s, close 5 s, heartbeat 20 s and 10 s.
    func upstream(_ heartbeat: HeartbeatPolicy = HeartbeatPolicy(interval: .seconds(20), timeout: .seconds(10))) -> UpstreamMachine {
        var machine = UpstreamMachine(at: start, connectTimeout: .seconds(3), closeTimeout: .seconds(5), heartbeat: heartbeat)
        let inputs: [UpstreamInput] =
            switch self {
            case .attempting: []
            case .attached: [.upgraded]
            case .closing: [.upgraded, .sessionEnded]
            case .closed: [.ended]
            }
        for input in inputs { _ = input.apply(to: &machine, at: start) }
        return machine
    }

    /// What such a connection waits for, since `start`.
    var deadline: Instant {
        switch self {
        case .attempting: at(.seconds(3))
        case .attached: at(.seconds(20))
        case .closing: at(.seconds(5))
        case .closed: .never
        }
    }
}
