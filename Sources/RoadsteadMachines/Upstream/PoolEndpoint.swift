/// One endpoint as one loop's pool sees it.
struct PoolEndpoint: Sendable {
    /// Attempts at once, to begin with, so that a restart is not met by everybody at the same moment. As in TCP's slow start it grows with
    /// each success and is halved when the endpoint is too slow.
    static let initialWindow = 32
    static let windowBounds = 8...1024

    /// What the process knows of it. `admission` is closed here at once after a failure, until the process has looked.
    var status = EndpointStatus()
    var counts = ConnectionCounts()
    /// The process knows that it has been up, or was told by this loop.
    var isKnownUp = false
    /// Another loop has the one attempt that the endpoint gets: this loop asks again then.
    var deniedUntil: Instant?
    /// Sessions whose attempt is under way.
    var attempts = 0
    private(set) var window = initialWindow
    /// Warm connections, the oldest first.
    var warm: [UInt64] = []
    /// Connections that are being made to be warm.
    var warming = 0
    /// Not before then: earlier ones were closed as soon as they were made.
    var warmNotBefore: Instant?
    var warmBackoff: Backoff

    init(backoff: Backoff) { warmBackoff = backoff }

    /// It is healthy and can be reached.
    var isUsable: Bool { status.state == .up && isReachable }

    /// It can be reached, as far as is known.
    var isReachable: Bool { status.admission != .closed }

    /// Whether warm connections to it are worth keeping. A backend that shuts down closes its listener first and then waits for connections
    /// that have asked nothing yet, so they are let go as soon as it was seen to be unreachable; a mere loss is no reason.
    var keepsWarm: Bool { status.state == .up && (isReachable || status.lastFailure == nil) }

    /// Whether connections may be made to be warm: not as long as sessions fail on it.
    var wantsWarm: Bool {
        switch status.admission {
        case .open: true
        case .trial: !status.isTroubled
        case .closed: false
        }
    }

    /// Whether one more attempt may begin now.
    var hasRoom: Bool {
        switch status.admission {
        case .open: attempts < window
        case .trial: attempts == 0 && deniedUntil == nil
        case .closed: false
        }
    }

    /// Sessions that it has or is about to have: what balancing compares.
    var load: Int { counts.leased + attempts }

    /// How bad it is among those that are out; nil if it is not to be tried at all.
    var badness: Int? {
        guard isReachable else { return nil }
        switch status.state {
        case .up: return 0
        case .draining: return 1
        case .ejected: return 2
        case .down: return 3
        }
    }

    mutating func denialPassed(at now: Instant) {
        if let denied = deniedUntil, denied <= now { deniedUntil = nil }
    }

    mutating func attemptSucceeded() {
        attempts -= 1
        window = min(window + 1, Self.windowBounds.upperBound)
        status.hasBeenUp = true
    }

    mutating func attemptFailed(tooSlow: Bool) {
        attempts -= 1
        if tooSlow { window = max(window / 2, Self.windowBounds.lowerBound) }
    }

    /// Nobody may go there. When it is back, everybody would: the window begins anew.
    mutating func closed() {
        status.admission = .closed
        window = Self.initialWindow
    }

    /// A warm connection ended. One that lived for a moment only shows an endpoint that does not want them: the next one waits.
    mutating func warmEnded(after life: Duration, at now: Instant, using generator: inout some RandomNumberGenerator) {
        if life < .seconds(1) {
            warmNotBefore = now + warmBackoff.next(using: &generator)
        } else {
            warmBackoff.reset()
        }
    }
}
