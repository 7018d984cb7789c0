// The life of one upstream connection, from the attempt to its end.
//
//    connecting ──▶ securing (wss) ──▶ upgrading ──▶ attached ──▶ closing ──▶ closed
//        └───────────────┴─────────────────┴──▶ failed: the pool tries the next endpoint
//
// `connect_timeout` covers everything up to the 101. What the backend's end means for the client is decided here:
// a close 1001, 1012 or 1013, a reset, or silence is a *lost* upstream; any other close is relayed (DESIGN section 6).

/// Decides what happens to one connection to a backend.
public struct UpstreamMachine: Sendable {
    /// What the driver must do.
    public enum Action: Equatable, Sendable {
        /// Nothing.
        case none
        /// Send a ping with this payload.
        case ping(UInt64)
        /// Drop the connection; the attempt failed.
        case fail(PoolRefusal)
        /// Drop the connection; the session's upstream is lost.
        case lose(String)
        /// Answer the close, drop the connection when that is written, and relay it to the client.
        case relayClose(code: UInt16?, reason: String)
        /// Drop the connection: all is said.
        case drop
    }

    private enum State: Sendable {
        /// TCP, TLS or the upgrade is under way. Can become: attached, closed.
        case attempting(since: Instant)
        /// Messages flow. Can become: closing, closed.
        case attached(HeartbeatMachine)
        /// Our close frame is out. Can become: closed.
        case closing(since: Instant)
        /// Over. Can become: nothing.
        case closed
    }

    private let connectTimeout: Duration
    private let closeTimeout: Duration
    private let heartbeat: HeartbeatPolicy
    private var state: State

    /// An attempt begins.
    public init(at now: Instant, connectTimeout: Duration, closeTimeout: Duration, heartbeat: HeartbeatPolicy) {
        self.connectTimeout = connectTimeout
        self.closeTimeout = closeTimeout
        self.heartbeat = heartbeat
        state = .attempting(since: now)
    }

    /// Whether messages may flow to it.
    public var isAttached: Bool {
        if case .attached = state { return true }
        return false
    }

    /// The 101 came and is right.
    public mutating func upgraded(at now: Instant, phase: Double) {
        guard case .attempting = state else { return }
        state = .attached(HeartbeatMachine(openedAt: now, phase: phase, policy: heartbeat))
    }

    /// The attempt failed on the way.
    public mutating func attemptFailed(_ refusal: PoolRefusal) -> Action {
        guard case .attempting = state else { return .none }
        state = .closed
        return .fail(refusal)
    }

    /// Bytes came from the backend.
    public mutating func bytesReceived(at now: Instant) { withHeartbeat { $0.bytesReceived(at: now) } }

    /// Waiting bytes went out to a slow backend.
    public mutating func queueDrained(at now: Instant) {
        if case .closing = state { state = .closing(since: now) } else { withHeartbeat { $0.queueDrained(at: now) } }
    }

    /// We stopped reading from the backend.
    public mutating func readingPaused() { withHeartbeat { $0.readingPaused() } }

    /// We read from the backend again.
    public mutating func readingResumed(at now: Instant) { withHeartbeat { $0.readingResumed(at: now) } }

    /// A pong came.
    public mutating func pongReceived(payload: UInt64?, at now: Instant) {
        withHeartbeat { _ = $0.pongReceived(payload: payload, at: now) }
    }

    private mutating func withHeartbeat(_ body: (inout HeartbeatMachine) -> Void) {
        guard case .attached(var machine) = state else { return }
        body(&machine)
        state = .attached(machine)
    }

    /// The backend's close frame came.
    public mutating func closeReceived(code: UInt16?, reason: String) -> Action {
        switch state {
        case .attached:
            state = .closed
            switch code {
            case 1001, 1012, 1013: return .lose("close \(code ?? 0) from the upstream")
            default: return .relayClose(code: code, reason: reason)
            }
        case .closing:
            state = .closed
            return .drop
        case .attempting, .closed:
            return .none
        }
    }

    /// The backend broke the protocol, its stream ended, or the connection broke.
    public mutating func ended(_ words: String) -> Action {
        switch state {
        case .attempting:
            state = .closed
            return .fail(.unreachable(words))
        case .attached:
            state = .closed
            return .lose(words)
        case .closing:
            state = .closed
            return .drop
        case .closed:
            return .none
        }
    }

    /// The session is over: a close frame goes to the backend. Returns whether one may be sent; if not, drop the connection.
    public mutating func sessionEnded(at now: Instant) -> Bool {
        switch state {
        case .attached:
            state = .closing(since: now)
            return true
        case .attempting, .closing, .closed:
            // A second close frame would break RFC 6455 section 5.5.1.
            state = .closed
            return false
        }
    }

    /// When `timerFired` is wanted next.
    public var deadline: Instant {
        switch state {
        case .attempting(let since): since + connectTimeout
        case .attached(let machine): machine.deadline(heartbeat)
        case .closing(let since): since + closeTimeout
        case .closed: .never
        }
    }

    /// A timer fired, on time, late or early.
    public mutating func timerFired(at now: Instant, payload: @autoclosure () -> UInt64) -> Action {
        guard now >= deadline else { return .none }
        switch state {
        case .attempting:
            state = .closed
            return .fail(.tooSlow)
        case .attached(var machine):
            let action = machine.timerFired(at: now, payload: payload(), policy: heartbeat)
            state = .attached(machine)
            switch action {
            case .wait: return .none
            case .ping(let payload): return .ping(payload)
            case .dead:
                state = .closed
                return .lose("no byte within the upstream's heartbeat timeout")
            }
        case .closing:
            state = .closed
            return .drop
        case .closed:
            return .none
        }
    }
}
