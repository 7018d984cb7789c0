// How much one client may send: `limits.messages_per_second`, `bytes_per_second` and `on_rate_limit`.
//
//               a bucket is empty before the next frame (throttle)
//      flowing ────────────────────────────────────────────────────▶ waiting
//         │  ▲                                                         │
//         │  └───── it has a twentieth of a second's worth again ──────┘
//         ▼
//       over     more than the buckets had (close)
//
// Each bucket holds one second's worth. A frame passes while there is a token in each; then it takes what it costs and may leave the
// bytes in debt, so that a message of any allowed size passes some time. To throttle is to look before each frame, and within one before
// each piece, and to stop reading; to close is to let a message that was begun within the rate end, and to look at what begins.
//
// What it costs: see `FrameCost`. Nothing that arrives is free but the pong that answers our ping, and the close.

/// Decides when a client is read no further, or closed, because it sends too much.
public struct RateLimitMachine: Sendable {
    /// Whether the next frame may be read.
    public enum Verdict: Sendable, Equatable {
        /// It may.
        case pass
        /// Not before `resumesAt`; `isFirst` when the buckets have been full since the last time.
        case wait(isFirst: Bool)
    }

    private enum State: Sendable, Equatable {
        /// The client is read. Can become: waiting, over.
        case flowing
        /// It is not read until then. Can become: flowing.
        case waiting(until: Instant)
        /// It is to be closed. Can become: nothing.
        case over
    }

    private var messages: TokenBucket?
    private var bytes: TokenBucket?
    private let closes: Bool
    private let overdraft: Int
    private var state = State.flowing
    /// It was throttled, and a bucket has not been full since.
    private var isThrottled = false

    /// Reading resumes this often in a second at the most: each time costs a wake-up.
    private static let resumptionsPerSecond = 20

    /// Full buckets.
    public init(_ policy: RateLimitPolicy, at now: Instant) {
        messages = policy.messagesPerSecond.map { TokenBucket(rate: $0, at: now) }
        bytes = policy.bytesPerSecond.map { TokenBucket(rate: $0, at: now) }
        closes = policy.closes
        overdraft = policy.largestMessage
    }

    /// When the client may be read again; `never` if it is read.
    public var resumesAt: Instant {
        switch state {
        case .waiting(let until): until
        case .flowing, .over: .never
        }
    }

    /// Bytes came, or came again after a pause.
    public mutating func readingBegan(at now: Instant) {
        messages?.refill(at: now)
        bytes?.refill(at: now)
        if messages?.isFull != false, bytes?.isFull != false { isThrottled = false }
    }

    /// There is more to read.
    /// - Parameter isMidFrame: it belongs to a frame that has been counted.
    public mutating func frameAwaited(isMidFrame: Bool) -> Verdict {
        guard !closes else { return .pass }
        let lacksMessages = !isMidFrame && messages.map { $0.tokens < 1 } == true
        let lacksBytes = bytes.map { $0.tokens < 1 } == true
        guard lacksMessages || lacksBytes else { return .pass }
        let moments = [lacksMessages ? messages : nil, lacksBytes ? bytes : nil].compactMap { bucket in
            bucket.map { $0.moment(of: max(1, $0.rate / Self.resumptionsPerSecond)) }
        }
        state = .waiting(until: moments.max() ?? .never)
        defer { isThrottled = true }
        return .wait(isFirst: !isThrottled)
    }

    /// A frame, or a piece of one, was read.
    /// - Parameter begins: a message or a control frame began with it.
    /// - Returns: whether the client is to be closed for it.
    public mutating func framePassed(_ cost: FrameCost, begins: Bool) -> Bool {
        let hadBytes = bytes.map { $0.tokens >= 1 } ?? true
        messages?.take(cost.messages)
        bytes?.take(cost.bytes)
        guard closes, state == .flowing else { return false }
        let overMessages = messages.map { $0.tokens < 0 } == true
        let overBytes = begins && !hadBytes || bytes.map { $0.tokens < -overdraft } == true
        guard overMessages || overBytes else { return false }
        state = .over
        return true
    }

    /// A timer fired, on time, late or early. Returns whether the client may be read again.
    public mutating func timerFired(at now: Instant) -> Bool {
        guard case .waiting(let until) = state, now >= until else { return false }
        state = .flowing
        return true
    }
}
