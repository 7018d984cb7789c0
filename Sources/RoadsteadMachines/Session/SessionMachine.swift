// The life of a client's session.
//
//    accept
//      │ TLS                plain
//      ▼                      │
//  handshaking ──────────▶ upgrading ──────▶ attaching ──────▶ open ◀──────▶ detached
//      │        TLS done      │     upstream    │    101 sent    │ upstream lost,  │
//      │                      │     route       │                │ re-attached     │
//      │                      └───── refusal ───┤                ▼                 ▼
//      │                                        └────────────▶ closing ──────▶ closed
//      └──────────── TLS failure, reset, timeout ─────────────────────────────────▲
//
// From `open` and `detached` to `closing`: a close frame either way, a timeout, a kick, a drain; from `detached` also when `hold` is over.
// RFC 6455 section 7 has the close handshake. `closing` has two parts: awaiting the peer's close frame, and lingering: all is said,
// our side of the stream is shut after the last byte, and the peer's end of stream is awaited so that no unread input turns our last
// bytes into a reset. One deadline covers both. Before them, a relayed client that broke the protocol settles for a moment: its upstream may
// still be answering what came before the mistake, and those answers are the client's.

/// Decides what happens to one session; the driver does it.
public struct SessionMachine: Sendable {
    /// What the driver must do. After every input the driver also re-arms its timer for `deadline`.
    public enum Action: Equatable, Sendable {
        /// Nothing.
        case none
        /// Send a ping with this payload.
        case ping(UInt64)
        /// Send a close frame and go on reading until the peer's comes.
        case sendClose(code: UInt16?, reason: String)
        /// Keep the client and what it says, and find it another upstream.
        case detach
        /// Send a close frame, shut our side once it is written, and discard what comes until the stream ends.
        case sendCloseAndLinger(code: UInt16?, reason: String)
        /// Discard what the client says from now on, but hand it what its upstream still says.
        case settle
        /// Shut our side once everything is written, and discard what comes until the stream ends.
        case linger
        /// Refuse the request with this status, shut our side and discard what comes until the stream ends.
        case refuse(status: Int, explanation: String)
        /// Release everything now.
        case finish(CloseRecord)
    }

    enum Phase: Sendable {
        /// TLS. Can become: upgrading when TLS is done; closed on failure, reset or timeout.
        case handshaking
        /// Awaiting the head. Can become: attaching, open (echo), closing (refused), closed.
        case upgrading
        /// Awaiting the upstream. Can become: open, closing (refused), closed.
        case attaching
        /// Messages flow. Can become: detached, closing, closed.
        case open(HeartbeatMachine)
        /// The upstream is lost, the client is kept until then. Can become: open, closing, closed.
        case detached(HeartbeatMachine, until: Instant)
        /// The client broke the protocol, and is told so with this code when its upstream has been quiet. Can become: lingering, closed.
        case settling(CloseRecord, code: UInt16, Settling)
        /// Our close frame is out. Can become: lingering when the peer's comes, closed at the deadline or at the end of the stream.
        case awaitingClose(CloseRecord, since: Instant)
        /// All is said. Can become: closed at the end of the stream or at the deadline.
        case lingering(CloseRecord, since: Instant)
        /// Over. Can become: nothing.
        case closed(CloseRecord)
    }

    /// What `timeouts.close: 0s` comes to: a peer that never answers a close must still go away some day.
    static let longestClose: Duration = .seconds(60)

    /// The policy of its route, or of the listener until the route is known.
    public var policy: SessionPolicy
    /// When the connection was accepted.
    public let acceptedAt: Instant
    /// When the last message passed in either direction.
    public private(set) var lastActive: Instant
    var phase: Phase

    /// A connection was accepted.
    public init(acceptedAt: Instant, isSecure: Bool, policy: SessionPolicy) {
        self.acceptedAt = acceptedAt
        self.policy = policy
        lastActive = acceptedAt
        phase = isSecure ? .handshaking : .upgrading
    }

    /// Where the session is.
    public var state: SessionState {
        switch phase {
        case .handshaking: .handshaking
        case .upgrading: .upgrading
        case .attaching: .attaching
        case .open: .open
        case .detached: .detached
        case .settling, .awaitingClose, .lingering: .closing
        case .closed: .closed
        }
    }

    /// Whether messages may flow, or are kept.
    public var isOpen: Bool {
        switch phase {
        case .open, .detached: true
        case .handshaking, .upgrading, .attaching, .settling, .awaitingClose, .lingering, .closed: false
        }
    }

    /// Whether what an upstream says is the client's.
    public var hearsUpstream: Bool {
        switch phase {
        case .open, .detached, .settling: true
        case .handshaking, .upgrading, .attaching, .awaitingClose, .lingering, .closed: false
        }
    }

    /// How it is ending or has ended.
    public var closeRecord: CloseRecord? {
        switch phase {
        case .handshaking, .upgrading, .attaching, .open, .detached: nil
        case .settling(let record, _, _), .awaitingClose(let record, _), .lingering(let record, _), .closed(let record): record
        }
    }

    /// What the pings measured so far; `nil` unless open.
    public var roundTripTime: RoundTripTime? {
        switch phase {
        case .open(let heartbeat), .detached(let heartbeat, _): heartbeat.roundTripTime
        case .handshaking, .upgrading, .attaching, .settling, .awaitingClose, .lingering, .closed: nil
        }
    }

    // MARK: - Opening

    /// TLS is done.
    public mutating func tlsEstablished() {
        if case .handshaking = phase { phase = .upgrading }
    }

    /// The head is good and an upstream is wanted.
    public mutating func attachmentBegan() {
        if case .upgrading = phase { phase = .attaching }
    }

    /// The 101 is on its way.
    public mutating func opened(at now: Instant, phase beat: Double) {
        switch phase {
        case .upgrading, .attaching:
            lastActive = now
            phase = .open(HeartbeatMachine(openedAt: now, phase: beat, policy: policy.heartbeat))
        case .handshaking, .open, .detached, .settling, .awaitingClose, .lingering, .closed:
            preconditionFailure("A session opens once, after its head was read.")
        }
    }

    /// The request cannot be served.
    public mutating func refused(status: Int, explanation: String, cause: CloseCause, by closedBy: ClosedBy, at now: Instant) -> Action {
        switch phase {
        case .upgrading, .attaching:
            linger(CloseRecord(closedBy: closedBy, cause: cause, code: nil, reason: explanation, stage: state), at: now)
            return .refuse(status: status, explanation: explanation)
        case .handshaking, .open, .detached, .settling, .awaitingClose, .lingering, .closed:
            return .none
        }
    }

    /// Plain HTTP came where TLS was expected: the client is told so in clear.
    public mutating func plaintextReceived(at now: Instant) -> Action {
        guard case .handshaking = phase else { return .none }
        let explanation = "plain HTTP was sent to a port for TLS; use https:// or wss://"
        linger(CloseRecord(closedBy: .gateway, cause: .tlsError, code: nil, reason: explanation, stage: .handshaking), at: now)
        return .refuse(status: 400, explanation: explanation)
    }

    // MARK: - Continuity

    /// The upstream is lost.
    /// - Parameter until: how long the client may be kept; nil: it may not, since nothing could be gone on with.
    public mutating func upstreamLost(holdUntil until: Instant?, at now: Instant) -> Action {
        if case .settling = phase { return settled(at: now) }
        guard case .open(let heartbeat) = phase else { return .none }
        guard let until else {
            return close(code: 1012, reason: "upstream lost", cause: .upstreamLost, by: .upstream, at: now)
        }
        phase = .detached(heartbeat, until: until)
        return .detach
    }

    /// Another upstream is attached.
    public mutating func reattached() {
        if case .detached(let heartbeat, _) = phase { phase = .open(heartbeat) }
    }

    // MARK: - Data path

    /// Bytes came from the client.
    public mutating func bytesReceived(at now: Instant) { _ = withHeartbeat { $0.bytesReceived(at: now) } }

    /// A message passed, in either direction, or a part of a large one.
    public mutating func messagePassed(at now: Instant) { lastActive = now }

    // MARK: - Heartbeat

    /// Waiting bytes went out to a slow client. While closing, that is progress: the client has until `close` after the last of them, unless
    /// slowness is what it is closed for.
    public mutating func queueDrained(at now: Instant) {
        switch phase {
        case .awaitingClose(let record, _) where record.cause == .slowClient: break
        case .lingering(let record, _) where record.cause == .slowClient: break
        case .awaitingClose(let record, _): phase = .awaitingClose(record, since: now)
        case .lingering(let record, _): phase = .lingering(record, since: now)
        case .open, .detached:
            lastActive = now
            _ = withHeartbeat { $0.queueDrained(at: now) }
        case .handshaking, .upgrading, .attaching, .settling, .closed: break
        }
    }

    /// We stopped reading from the client.
    public mutating func readingPaused() { _ = withHeartbeat { $0.readingPaused() } }

    /// We read from the client again.
    public mutating func readingResumed(at now: Instant) { _ = withHeartbeat { $0.readingResumed(at: now) } }

    /// Whether a pong with this payload answers our latest ping.
    public func awaitsPong(_ payload: UInt64?) -> Bool {
        switch phase {
        case .open(let heartbeat), .detached(let heartbeat, _): heartbeat.awaitsPong(payload)
        case .handshaking, .upgrading, .attaching, .settling, .awaitingClose, .lingering, .closed: false
        }
    }

    /// A pong came. Returns the round trip if it answers our latest ping.
    public mutating func pongReceived(payload: UInt64?, at now: Instant) -> Duration? {
        withHeartbeat { $0.pongReceived(payload: payload, at: now) } ?? nil
    }

    private mutating func withHeartbeat<Result>(_ body: (inout HeartbeatMachine) -> Result) -> Result? {
        switch phase {
        case .open(var heartbeat):
            let result = body(&heartbeat)
            phase = .open(heartbeat)
            return result
        case .detached(var heartbeat, let until):
            let result = body(&heartbeat)
            phase = .detached(heartbeat, until: until)
            return result
        case .handshaking, .upgrading, .attaching, .settling, .awaitingClose, .lingering, .closed:
            return nil
        }
    }

    // MARK: - Time

    /// When `timerFired` is wanted next.
    public var deadline: Instant {
        let life = after(acceptedAt, policy.lifetime)
        switch phase {
        case .handshaking, .upgrading: return min(life, after(acceptedAt, policy.handshake))
        case .attaching: return life
        case .open(let heartbeat):
            return min(life, after(lastActive, policy.idle), heartbeat.deadline(policy.heartbeat))
        case .detached(let heartbeat, let until):
            return min(life, until, after(lastActive, policy.idle), heartbeat.deadline(policy.heartbeat))
        case .settling(_, _, let settling): return settling.deadline(lastActive: lastActive)
        case .awaitingClose(_, let since), .lingering(_, let since): return since + (policy.close ?? Self.longestClose)
        case .closed: return .never
        }
    }

    private func after(_ start: Instant, _ duration: Duration?) -> Instant { duration.map { start + $0 } ?? .never }

    /// A timer fired, on time, late or early. `payload` is what a ping would carry: random.
    public mutating func timerFired(at now: Instant, payload: @autoclosure () -> UInt64) -> Action {
        guard now >= deadline else { return .none }
        switch phase {
        case .handshaking:
            let isSlow = now >= after(acceptedAt, policy.handshake)
            return finish(
                CloseRecord(
                    closedBy: .gateway, cause: isSlow ? .handshakeTimeout : .lifetime, code: nil,
                    reason: isSlow ? "TLS handshake not finished in time" : "lifetime of the connection is over", stage: state))
        case .upgrading where now >= after(acceptedAt, policy.handshake):
            return refused(status: 408, explanation: "request head not finished in time", cause: .handshakeTimeout, by: .gateway, at: now)
        case .upgrading, .attaching:
            return refused(status: 503, explanation: "lifetime of the connection is over", cause: .lifetime, by: .gateway, at: now)
        case .open, .detached:
            return liveTimerFired(at: now, payload: payload())
        case .settling:
            return settled(at: now)
        case .awaitingClose(let record, _), .lingering(let record, _):
            return finish(record)
        case .closed:
            return .none
        }
    }

    private mutating func liveTimerFired(at now: Instant, payload: @autoclosure () -> UInt64) -> Action {
        if now >= after(acceptedAt, policy.lifetime) {
            return close(code: 1000, reason: "lifetime is over", cause: .lifetime, by: .gateway, at: now)
        }
        if now >= after(lastActive, policy.idle) {
            return close(code: 1000, reason: "idle for too long", cause: .idleTimeout, by: .gateway, at: now)
        }
        if case .detached(_, let until) = phase, now >= until {
            return close(code: 1013, reason: "no upstream in time", cause: .upstreamUnavailable, by: .upstream, at: now)
        }
        let beats = policy.heartbeat
        switch withHeartbeat({ $0.timerFired(at: now, payload: payload(), policy: beats) }) {
        case .wait, nil: return .none
        case .ping(let payload): return .ping(payload)
        case .dead:
            return finish(
                CloseRecord(
                    closedBy: .network, cause: .heartbeatTimeout, code: 1006, reason: "no byte within the heartbeat timeout", stage: state))
        }
    }

    // MARK: - Ending

    mutating func linger(_ record: CloseRecord, at now: Instant) { phase = .lingering(record, since: now) }

    mutating func finish(_ record: CloseRecord) -> Action {
        phase = .closed(record)
        return .finish(record)
    }
}
