// The life of one upstream connection, from the attempt to its end.
//
//    connecting ──▶ ready ──▶ upgrading ──▶ attached ──▶ (leaving ──▶ parting, or) closing ──▶ closed
//        │            │           │
//        └────────────┴───────────┴──▶ failed, or retired: the pool goes on without it
//
// `ready` is TCP and TLS done: for a session that waits it lasts no time, for a warm connection up to `idle_timeout`. `connect_timeout`
// covers connecting, and again the upgrade. `leaving`: the session has another upstream, and this one is heard until it has nothing more
// to say. `settling`, from `attached` to closed: the backend broke the protocol, and what the client still answers to what came before goes
// to it first. What the backend's end means for the client is decided here: a close 1001, 1012 or 1013, a reset, or silence is a *lost*
// upstream, and the session may go on with another; any other close is relayed; a broken protocol ends the session, for a mistake that the
// next backend would repeat must not keep it moving for ever (DESIGN section 6).

/// Decides what happens to one connection to a backend.
public struct UpstreamMachine: Sendable {
    /// What the driver must do.
    public enum Action: Equatable, Sendable {
        /// Nothing.
        case none
        /// Send a ping with this payload.
        case ping(UInt64)
        /// Send a close frame with 1001: nothing more is expected.
        case farewell
        /// Drop the connection; the attempt failed. `CheckResult`: what that says about the endpoint; nil if nothing.
        case fail(PoolRefusal, CheckResult?)
        /// Drop the connection; it was closed while it was warm, so the attempt says nothing.
        case stale
        /// Drop the warm connection.
        case retire
        /// Drop the connection; the session's upstream is lost. The backend is told by a close frame, if there is a code and no message
        /// before it that another upstream will get.
        case lose(String, code: UInt16?)
        /// Drop the connection and end the session: the backend broke the protocol, and is told so by a close frame if there is a code.
        case breakOff(code: UInt16?, reason: String)
        /// Answer the close, drop the connection when that is written, and relay it to the client.
        case relayClose(code: UInt16?, reason: String)
        /// Drop the connection: all is said.
        case drop
    }

    private enum State: Sendable {
        /// TCP, and TLS if `isSecuring`. Can become: ready, closed.
        case connecting(since: Instant, isSecuring: Bool)
        /// Nothing was asked of the backend yet. Can become: upgrading, closed.
        case ready(until: Instant)
        /// The request is out; `isFresh` if the connection was not warm, or has answered. Can become: attached, closed.
        case upgrading(since: Instant, isFresh: Bool)
        /// Messages flow. Can become: settling, leaving, closing, closed.
        case attached(HeartbeatMachine)
        /// It broke the protocol, and is told so by `code` when the client has been quiet: `until` as far as is known. Can become: closing,
        /// closed.
        case settling(Settling, until: Instant, code: UInt16, reason: String)
        /// No more is sent to it; what it still says is passed on. Can become: closing, closed.
        case leaving(UpstreamLeave)
        /// Our farewell is out; what it still says is passed on, and a message that it is within may come to its end, `longest` at the latest. Can
        /// become: closed.
        case parting(until: Instant, longest: Instant)
        /// Our close frame is out. Can become: closed.
        case closing(until: Instant)
        /// Over. Can become: nothing.
        case closed
    }

    private let policy: UpstreamPolicy
    private var state: State

    /// An attempt begins.
    public init(at now: Instant, policy: UpstreamPolicy) {
        self.policy = policy
        state = .connecting(since: now, isSecuring: false)
    }

    /// Whether messages flow both ways.
    public var isAttached: Bool {
        if case .attached = state { return true }
        return false
    }

    /// Whether what it says is for the client.
    public var isHeard: Bool {
        switch state {
        case .attached, .leaving: true
        case .connecting, .ready, .upgrading, .settling, .parting, .closing, .closed: false
        }
    }

    /// Whether our close frame is out, and the backend's is awaited.
    public var isClosing: Bool {
        if case .closing = state { return true }
        return false
    }

    // MARK: - Opening

    /// TCP is there, TLS begins.
    public mutating func tcpEstablished() {
        if case .connecting(let since, _) = state { state = .connecting(since: since, isSecuring: true) }
    }

    /// TCP and TLS are done.
    /// - Parameter phase: 0 ..< 1, random: how much of a quarter of `idle_timeout` a warm connection goes early, so that those made together
    ///   do not go together.
    public mutating func established(at now: Instant, phase: Double) {
        if case .connecting = state { state = .ready(until: policy.idleTimeout.map { now + $0 * (1 - phase / 4) } ?? .never) }
    }

    /// Nothing was asked of the backend yet.
    public var isReady: Bool {
        if case .ready = state { return true }
        return false
    }

    /// The session's request is on its way.
    /// - Parameter wasWarm: the connection had been waiting, so that the backend may have closed it just now.
    public mutating func requested(at now: Instant, wasWarm: Bool) {
        if case .ready = state { state = .upgrading(since: now, isFresh: !wasWarm) }
    }

    /// Something of the answer came.
    public mutating func answerBegan() {
        if case .upgrading(let since, _) = state { state = .upgrading(since: since, isFresh: true) }
    }

    /// The 101 came and is right.
    public mutating func upgraded(at now: Instant, phase: Double) {
        guard case .upgrading = state else { return }
        state = .attached(HeartbeatMachine(openedAt: now, phase: phase, policy: policy.heartbeat))
    }

    /// The answer to the upgrade was no: by this status, or (nil) not even HTTP, or not WebSocket.
    public mutating func declined(status: Int?, explanation: String) -> Action {
        guard case .upgrading = state else { return .none }
        state = .closed
        guard let status else { return .fail(.invalid(explanation), .httpInvalid) }
        return .fail(.declined(status: status), status >= 500 ? .httpStatus : nil)
    }

    /// The 101 came, but the session cannot go on with what it says.
    public mutating func unsuitable(_ words: String) -> Action {
        guard case .upgrading = state else { return .none }
        state = .closed
        return .fail(.unreachable(words), nil)
    }

    /// This machine has run out of something that a connection takes: nobody else's fault.
    public mutating func couldNotBegin() -> Action {
        guard case .connecting = state else { return .none }
        state = .closed
        return .fail(.noCapacity, nil)
    }

    /// An attempt could not even begin, or TLS failed.
    public mutating func attemptFailed(_ result: CheckResult, _ words: String) -> Action {
        switch state {
        case .connecting, .upgrading:
            state = .closed
            return .fail(.unreachable(words), result)
        case .ready:
            state = .closed
            return .retire
        case .attached, .settling, .leaving, .parting, .closing, .closed:
            return .none
        }
    }

    // MARK: - Data path

    /// Bytes came from the backend.
    public mutating func bytesReceived(at now: Instant) {
        withLeave { $0.bytesReceived(at: now) }
        withHeartbeat { $0.bytesReceived(at: now) }
    }

    /// Waiting bytes went out to a slow backend.
    public mutating func queueDrained(at now: Instant) {
        if case .closing = state { state = .closing(until: now + policy.closeTimeout) } else { withHeartbeat { $0.queueDrained(at: now) } }
    }

    /// We stopped reading from the backend.
    public mutating func readingPaused() {
        if case .parting = state { state = .parting(until: .never, longest: .never) }
        withLeave { $0.readingPaused() }
        withHeartbeat { $0.readingPaused() }
    }

    /// We read from the backend again.
    public mutating func readingResumed(at now: Instant) {
        if case .parting(until: .never, _) = state { state = parting(at: now) }
        withLeave { $0.readingResumed(at: now) }
        withHeartbeat { $0.readingResumed(at: now) }
    }

    /// A pong came.
    public mutating func pongReceived(payload: UInt64?, at now: Instant) {
        withHeartbeat { _ = $0.pongReceived(payload: payload, at: now) }
    }

    private mutating func withHeartbeat(_ body: (inout HeartbeatMachine) -> Void) {
        guard case .attached(var machine) = state else { return }
        body(&machine)
        state = .attached(machine)
    }

    private mutating func withLeave(_ body: (inout UpstreamLeave) -> Void) {
        guard case .leaving(var leave) = state else { return }
        body(&leave)
        state = .leaving(leave)
    }

    // MARK: - Ending

    /// The backend's close frame came.
    public mutating func closeReceived(code: UInt16?, reason: String) -> Action {
        switch state {
        case .attached:
            state = .closed
            return Self.means(lost: code)
                ? .lose("close \(code ?? 0) from the upstream", code: code) : .relayClose(code: code, reason: reason)
        case .leaving where !Self.means(lost: code):
            state = .closed
            return .relayClose(code: code, reason: reason)
        case .leaving, .parting, .closing:
            state = .closed
            return .drop
        case .connecting, .ready, .upgrading, .settling, .closed:
            return .none
        }
    }

    /// Whether a close with this code says that the backend goes away, and nothing about the session.
    private static func means(lost code: UInt16?) -> Bool { code == 1001 || code == 1012 || code == 1013 }

    /// The backend broke the protocol (RFC 6455 section 7.1.7): what more it says is discarded.
    /// - Parameter settles: whether the client may still be answering what came before.
    public mutating func violated(code: UInt16, reason: String, settles: Bool, at now: Instant) -> Action {
        switch state {
        case .attached where settles:
            let settling = Settling(at: now)
            state = .settling(settling, until: settling.deadline(lastActive: now), code: code, reason: reason)
            return .none
        case .attached:
            state = .closed
            return .breakOff(code: code, reason: reason)
        case .leaving, .parting, .closing:
            state = .closed
            return .drop
        case .connecting, .ready, .upgrading, .settling, .closed:
            return .none
        }
    }

    /// The backend's stream ended, or the connection broke.
    /// - Parameter isRefusal: the kernel said that nobody listens there.
    public mutating func ended(_ words: String, isRefusal: Bool = false) -> Action {
        defer { state = .closed }
        switch state {
        case .connecting: return .fail(.unreachable(words), isRefusal ? .l4Refused : .l4Failed)
        case .ready: return .retire
        case .upgrading(_, isFresh: false): return .stale
        case .upgrading: return .fail(.dropped(words), .httpInvalid)
        case .attached: return .lose(words, code: nil)
        case .settling(_, _, _, let reason): return .breakOff(code: nil, reason: reason)
        case .leaving, .parting, .closing: return .drop
        case .closed: return .none
        }
    }

    /// The session has another upstream.
    public mutating func left(at now: Instant) {
        if case .attached(let heartbeat) = state { state = .leaving(UpstreamLeave(at: now, isUnread: heartbeat.isSuspended)) }
    }

    /// The session is over: a close frame goes to the backend. Returns whether one may be sent; if not, drop the connection.
    public mutating func sessionEnded(at now: Instant) -> Bool {
        switch state {
        case .attached, .settling, .leaving:
            state = .closing(until: now + policy.closeTimeout)
            return true
        case .connecting, .ready, .upgrading, .parting, .closing, .closed:
            // A second close frame would break RFC 6455 section 5.5.1.
            state = .closed
            return false
        }
    }

    private func parting(at now: Instant) -> State {
        .parting(until: now + min(policy.closeTimeout, UpstreamLeave.answer), longest: now + UpstreamLeave.longest)
    }

    // MARK: - Time

    /// When `timerFired` is wanted next.
    public var deadline: Instant {
        switch state {
        case .connecting(let since, _), .upgrading(let since, _): since + policy.connectTimeout
        case .ready(let until): until
        case .attached(let machine): machine.deadline(policy.heartbeat)
        case .settling(_, let until, _, _): until
        case .leaving(let leave): leave.deadline
        case .parting(let until, _), .closing(let until): until
        case .closed: .never
        }
    }

    /// A timer fired, on time, late or early.
    /// - Parameters:
    ///   - isMidMessage: the beginning of a message has come and its end has not.
    ///   - lastActive: when the session's last message passed.
    public mutating func timerFired(
        at now: Instant, isMidMessage: Bool = false, lastActive: Instant? = nil, payload: @autoclosure () -> UInt64
    ) -> Action {
        guard now >= deadline else { return .none }
        switch state {
        case .connecting(_, let isSecuring):
            state = .closed
            return .fail(.tooSlow, isSecuring ? .tlsTimeout : .l4Timeout)
        case .ready:
            state = .closed
            return .retire
        case .upgrading:
            state = .closed
            return .fail(.tooSlow, .httpTimeout)
        case .attached(var machine):
            let action = machine.timerFired(at: now, payload: payload(), policy: policy.heartbeat)
            state = .attached(machine)
            switch action {
            case .wait: return .none
            case .ping(let payload): return .ping(payload)
            case .dead:
                state = .closed
                return .lose("no byte within the upstream's heartbeat timeout", code: nil)
            }
        case .settling(let settling, let until, let code, let reason):
            let deadline = lastActive.map(settling.deadline) ?? until
            guard now >= deadline else {
                state = .settling(settling, until: deadline, code: code, reason: reason)
                return .none
            }
            state = .closed
            return .breakOff(code: code, reason: reason)
        case .leaving(var leave):
            let isOver = leave.isOver(at: now, isMidMessage: isMidMessage)
            state = isOver ? parting(at: now) : .leaving(leave)
            return isOver ? .farewell : .none
        case .parting(_, let longest) where isMidMessage && now < longest:
            state = .parting(until: min(longest, now + UpstreamLeave.quiet), longest: longest)
            return .none
        case .parting:
            state = .closed
            return .drop
        case .closing:
            state = .closed
            return .drop
        case .closed:
            return .none
        }
    }
}
