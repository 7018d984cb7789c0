// Heartbeats of one WebSocket connection (RFC 6455 sections 5.5.2 and 5.5.3), the same for clients and upstreams.
//
//              interval without a byte,
//              or 1.5 intervals since the last ping          ┌──┐ each further interval,
//    quiet ───────────────────────────────────────────▶ pinged ◀┘ pinged again
//      ▲                                                  │ │
//      └──────────── pong with our payload ───────────────┘ └───▶ dead
//                                                              timeout without a byte since the first ping of this silence
//
// A received byte of any kind is life; only the pong that answers the latest ping measures the round trip. The timer is lazy:
// receiving moves `lastReceived` and nothing else, and a timer that fires early is told how long to go on waiting. So no input but
// `readingResumed` may bring the deadline forward: the driver arms its timer again only after a timer fired. And after a timer fired
// the deadline lies ahead: if it did not, the driver would fire again at once, for ever.

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
        /// A ping is out; `since` is the first one of this silence, `payload` the latest one's. Can become: quiet when the latest one's pong
        /// comes, pinged again when the next beat is due, dead after `timeout` of silence.
        case pinged(since: Instant, payload: UInt64)
        /// Reported dead. Can become: nothing.
        case dead
    }

    private var state: State = .quiet
    private var lastReceived: Instant
    private var lastBeat: Instant
    /// Reading is paused.
    private(set) var isSuspended = false
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

    /// We read again: silence counts from now. Nothing if reading was not paused.
    public mutating func readingResumed(at now: Instant) {
        guard isSuspended else { return }
        isSuspended = false
        lastReceived = max(lastReceived, now)
        if case .pinged(_, let payload) = state { state = .pinged(since: lastReceived, payload: payload) }
    }

    /// Whether a pong with this payload answers the latest ping.
    public func awaitsPong(_ payload: UInt64?) -> Bool {
        guard case .pinged(_, let expected) = state else { return false }
        return payload == expected
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
        case .dead:
            return .never
        case .quiet where isSuspended, .pinged where isSuspended:
            // While we do not read, look again later.
            return max(lastReceived, lastBeat) + interval
        case .pinged(let since, _) where lastReceived <= since:
            return min(since + policy.timeout, lastBeat + interval)
        case .quiet, .pinged:
            return min(lastReceived + interval, lastBeat + interval * 3 / 2)
        }
    }

    /// A timer fired, on time, late or early.
    /// - Parameter payload: what the ping will carry if one is due; random, so that no peer can answer in advance.
    public mutating func timerFired(at now: Instant, payload: @autoclosure () -> UInt64, policy: HeartbeatPolicy) -> Action {
        guard now >= deadline(policy) else { return .wait }
        guard !isSuspended else {
            lastReceived = now
            return .wait
        }
        switch state {
        case .pinged(let since, _) where lastReceived <= since:
            guard now < since + policy.timeout else {
                state = .dead
                return .dead
            }
            return ping(payload(), at: now, since: since)
        case .quiet, .pinged:
            return ping(payload(), at: now, since: now)
        case .dead:
            return .wait
        }
    }

    private mutating func ping(_ payload: UInt64, at now: Instant, since: Instant) -> Action {
        state = .pinged(since: since, payload: payload)
        lastBeat = now
        return .ping(payload)
    }
}
