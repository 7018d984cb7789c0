import RoadsteadMachines

/// Everything that a driver can tell an upstream connection.
enum UpstreamInput: Sendable, Hashable, CaseIterable {
    case tcpEstablished, established, requested, requestedWarm, answerBegan, upgraded
    case declined, declinedByApplication, malformed, unsuitable, couldNotBegin, attemptFailed
    case closed, closedWithoutCode, goingAway, restarting, tryAgainLater, violated, violatedAfterMessage, ended, refused, left, sessionEnded
    case bytesReceived, queueDrained, readingPaused, readingResumed, pongReceived
    case timerFired

    /// Tells it, with fixed words; `nil` if the input has no action.
    func apply(to machine: inout UpstreamMachine, at now: Instant, payload: UInt64 = 1) -> UpstreamMachine.Action? {
        switch self {
        case .tcpEstablished: machine.tcpEstablished()
        case .established: machine.established(at: now, phase: 0)
        case .requested: machine.requested(at: now, wasWarm: false)
        case .requestedWarm: machine.requested(at: now, wasWarm: true)
        case .answerBegan: machine.answerBegan()
        case .upgraded: machine.upgraded(at: now, phase: 0)
        case .bytesReceived: machine.bytesReceived(at: now)
        case .queueDrained: machine.queueDrained(at: now)
        case .readingPaused: machine.readingPaused()
        case .readingResumed: machine.readingResumed(at: now)
        case .pongReceived: machine.pongReceived(payload: payload, at: now)
        case .left: machine.left(at: now)
        case .sessionEnded: _ = machine.sessionEnded(at: now)
        case .declined: return machine.declined(status: 503, explanation: "")
        case .declinedByApplication: return machine.declined(status: 403, explanation: "")
        case .malformed: return machine.declined(status: nil, explanation: "not HTTP")
        case .unsuitable: return machine.unsuitable("another subprotocol")
        case .couldNotBegin: return machine.couldNotBegin()
        case .attemptFailed: return machine.attemptFailed(.tlsFailed, "certificate has expired")
        case .closed: return machine.closeReceived(code: 4001, reason: "bye")
        case .closedWithoutCode: return machine.closeReceived(code: nil, reason: "")
        case .goingAway: return machine.closeReceived(code: 1001, reason: "deploy")
        case .restarting: return machine.closeReceived(code: 1012, reason: "deploy")
        case .tryAgainLater: return machine.closeReceived(code: 1013, reason: "deploy")
        case .violated: return machine.violated(code: 1002, reason: "reserved bits", settles: false, at: now)
        case .violatedAfterMessage: return machine.violated(code: 1002, reason: "reserved bits", settles: true, at: now)
        case .ended: return machine.ended("reset by peer")
        case .refused: return machine.ended("connection refused", isRefusal: true)
        case .timerFired: return machine.timerFired(at: now, payload: payload)
        }
        return nil
    }
}

/// The phases of an upstream connection; `upgrading` and `connecting` have two each.
enum UpstreamPhase: Sendable, CaseIterable {
    case connecting, securing, ready, upgrading, upgradingWarm, attached, settling, leaving, parting, closing, closed

    /// A connection in this phase, begun at `start`.
    func upstream(_ policy: UpstreamPolicy = .defaults) -> UpstreamMachine {
        var machine = UpstreamMachine(at: start, policy: policy)
        for input in inputs { _ = input.apply(to: &machine, at: start) }
        // Its deadline is that of the leave, and half a second.
        if self == .parting { _ = machine.timerFired(at: at(.milliseconds(200)), payload: 1) }
        return machine
    }

    private var inputs: [UpstreamInput] {
        switch self {
        case .connecting: []
        case .securing: [.tcpEstablished]
        case .ready: [.established]
        case .upgrading: [.established, .requested]
        case .upgradingWarm: [.established, .requestedWarm]
        case .attached: [.established, .requested, .upgraded]
        case .settling: [.established, .requested, .upgraded, .violatedAfterMessage]
        case .leaving, .parting: [.established, .requested, .upgraded, .left]
        case .closing: [.established, .requested, .upgraded, .sessionEnded]
        case .closed: [.ended]
        }
    }

    /// Messages flow both ways.
    var isAttached: Bool { self == .attached }

    /// What it says is for the client.
    var isHeard: Bool { self == .attached || self == .leaving }

    /// What such a connection waits for, since `start`.
    var deadline: Instant {
        switch self {
        case .connecting, .securing, .upgrading, .upgradingWarm: at(.seconds(3))
        case .ready: at(.seconds(60))
        case .attached: at(.seconds(20))
        case .settling, .leaving: at(.milliseconds(200))
        case .parting: at(.milliseconds(700))
        case .closing: at(.seconds(5))
        case .closed: .never
        }
    }
}

extension UpstreamPolicy {
    /// Connect 3 s, idle 60 s, close 5 s, heartbeat 20 s and 10 s.
    static let defaults = UpstreamPolicy(
        connectTimeout: .seconds(3), idleTimeout: .seconds(60), closeTimeout: .seconds(5),
        heartbeat: HeartbeatPolicy(interval: .seconds(20), timeout: .seconds(10)))
}
