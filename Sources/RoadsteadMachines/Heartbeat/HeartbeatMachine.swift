// Heartbeats of one WebSocket connection (RFC 6455 sections 5.5.2 and 5.5.3), the same for clients and upstreams.
//
//              interval without a byte,
//              or 1.5 intervals since the last ping
//    quiet ───────────────────────────────────────────▶ pinged ───▶ dead
//      ▲                                                  │   timeout without a byte
//      └──────────── pong with our payload ───────────────┘
//
// A received byte of any kind is life; only the pong that answers the latest ping measures the round trip. The timer is lazy:
// receiving moves `lastReceived` and nothing else, and a timer that fires early is told how long to go on waiting.

/// Decides when a connection is pinged and when it is dead.
public struct HeartbeatMachine: Sendable {
    /// What the driver must do.
    public enum Action: Equatable, Sendable {
        /// Nothing until `deadline`.
        case wait
        /// Send a ping with this payload (8 bytes, big-endian).
        case ping(UInt64)
        /// No sign of life: the connection is dead.
        case dead
    }

    private enum State: Sendable {
        /// No ping is unanswered. Can become: pinged when the beat is due.
        case quiet
        /// A ping is out. Can become: quiet when its pong comes, pinged again when the next beat is due, dead after `timeout` of silence.
        case pinged(at: Instant, payload: UInt64)
        /// Reported dead. Can become: nothing.
        case dead
    }

    private var state: State = .quiet
    private var lastReceived: Instant
    private var lastBeat: Instant
    private var isSuspended = false
    /// What the pings measured.
    public private(set) var roundTripTime = RoundTripTime()

    /// Starts watching.
    /// - Parameters:
    ///   - openedAt: when the connection opened.
    ///   - phase: 0 ..< 1, random: how much of half an interval the first beat comes early, so that connections opened together do not
    ///     beat together.
    ///   - policy: the interval that the phase is a part of.
    public init(openedAt: Instant, phase: Double, policy: HeartbeatPolicy) {
        let early = (policy.interval ?? .zero) * (phase / 2)
        lastReceived = openedAt - early
        lastBeat = openedAt - early
    }

    /// Bytes came in. On the data path: one store.
    public mutating func bytesReceived(at now: Instant) { lastReceived = now }

    /// The peer's kernel took bytes that had been waiting: a slow peer is not a dead one.
    public mutating func queueDrained(at now: Instant) { lastReceived = max(lastReceived, now) }

    /// We stopped reading: silence says nothing until reading resumes.
    public mutating func readingPaused() { isSuspended = true }

    /// We read again: silence counts from now.
    public mutating func readingResumed(at now: Instant) {
        isSuspended = false
        lastReceived = max(lastReceived, now)
        if case .pinged(_, let payload) = state { state = .pinged(at: now, payload: payload) }
    }

    /// A pong came in. Returns the round trip if it answers the latest ping; an unsolicited pong is life and nothing more.
    public mutating func pongReceived(payload: UInt64?, at now: Instant) -> Duration? {
        lastReceived = max(lastReceived, now)
        guard case .pinged(_, let expected) = state, payload == expected else { return nil }
        state = .quiet
        let roundTrip = lastBeat.duration(to: now)
        roundTripTime.measured(roundTrip)
        return roundTrip
    }

    /// When the machine wants `timerFired` next.
    public func deadline(_ policy: HeartbeatPolicy) -> Instant {
        guard let interval = policy.interval else { return .never }
        switch state {
        case .quiet: return beat(interval)
        case .pinged(let at, _): return max(at, lastReceived) + (lastReceived > at ? interval : policy.timeout)
        case .dead: return .never
        }
    }

    private func beat(_ interval: Duration) -> Instant { min(lastReceived + interval, lastBeat + interval * 3 / 2) }

    /// A timer fired, on time, late or early.
    /// - Parameter payload: what the ping will carry if one is due; random, so that no peer can answer in advance.
    public mutating func timerFired(at now: Instant, payload: @autoclosure () -> UInt64, policy: HeartbeatPolicy) -> Action {
        guard let interval = policy.interval, !isSuspended else {
            // While we do not read, look again later.
            lastReceived = max(lastReceived, now)
            return .wait
        }
        guard now >= deadline(policy) else { return .wait }
        switch state {
        case .quiet:
            return ping(payload(), at: now)
        case .pinged(let at, _):
            if lastReceived > at {
                // Alive but our ping went unanswered for an interval of silence, or was overtaken: beat again.
                return now >= beat(interval) ? ping(payload(), at: now) : .wait
            }
            state = .dead
            return .dead
        case .dead:
            return .wait
        }
    }

    private mutating func ping(_ payload: UInt64, at now: Instant) -> Action {
        state = .pinged(at: now, payload: payload)
        lastBeat = now
        return .ping(payload)
    }
}
