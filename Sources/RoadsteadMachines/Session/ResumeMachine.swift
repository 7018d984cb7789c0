// How a session goes on after its upstream was lost (DESIGN section 6): when it may try again, until when, and what is sent again.
//
//   attached ──▶ lost ──▶ attached ──▶ lost ...
//
// The first loss is answered at once. A backend that accepts and drops at once would be tried again as fast as it does so: after an
// attachment that lived for a moment only, attempts are further and further apart.

/// Decides about the outages of one session.
public struct ResumeMachine: Sendable {
    /// After an attachment that lived shorter than this, the next attempt waits.
    public static let shortLife: Duration = .seconds(1)

    private enum State: Sendable, Equatable {
        /// All is well since then. Can become: lost.
        case attached(at: Instant)
        /// There is no upstream since then, and none is asked for before. Can become: attached.
        case lost(at: Instant, notBefore: Instant)
    }

    private let hold: Duration
    private let replayFirst: UInt64
    private var backoff: Backoff
    private var state: State
    private var wasLost = false
    /// Messages of the client that earlier upstreams got whole.
    private var delivered: UInt64 = 0
    /// Messages that the present upstream was sent again first.
    private var replayed: UInt64 = 0

    /// The first upstream is attached.
    public init(at now: Instant, hold: Duration, replayFirst: Int, backoff: Backoff) {
        self.hold = hold
        self.replayFirst = UInt64(replayFirst)
        self.backoff = backoff
        state = .attached(at: now)
    }

    /// The upstream is lost.
    /// - Returns: until when the client may be kept.
    public mutating func lost(at now: Instant, using generator: inout some RandomNumberGenerator) -> Instant {
        switch state {
        case .lost(let since, _):
            return since + hold
        case .attached(let since):
            let isShort = wasLost && since.duration(to: now) < Self.shortLife
            if !isShort { backoff.reset() }
            wasLost = true
            state = .lost(at: now, notBefore: isShort ? now + backoff.next(using: &generator) : now)
            return now + hold
        }
    }

    /// Another upstream is attached.
    /// - Parameters:
    ///   - received: whole messages that came from the client so far.
    ///   - kept: those of them that are waiting to be sent.
    /// - Returns: how many of the client's first messages are to be sent again before the kept ones.
    public mutating func attached(at now: Instant, received: UInt64, kept: Int) -> Int {
        state = .attached(at: now)
        delivered = received - UInt64(kept)
        replayed = min(replayFirst, delivered)
        return Int(replayed)
    }

    /// When the present outage began, and before when no other upstream is asked for; nil if there is none.
    public var outage: (since: Instant, notBefore: Instant)? {
        switch state {
        case .attached: nil
        case .lost(let since, let notBefore): (since, notBefore)
        }
    }

    /// Of the messages that the lost upstream did not get, those that were only sent again: they are not kept, and sent again anew.
    /// - Parameters:
    ///   - unsent: how many it did not get, repeated ones first.
    ///   - received: whole messages that came from the client so far.
    public func repeatsAmong(unsent: Int, received: UInt64) -> Int {
        let originals = Int(received - delivered)
        return max(0, unsent - originals)
    }
}
