// Passive health of one endpoint: what the attempts of sessions say about it (DESIGN section 6).
//
//                `failures` in a row,
//                if the share allows it                   time over
//    trusted ───────────────────────────▶ ejected ───────────────────▶ on trial
//       ▲                                    ▲                          │    │
//       │                                    └── one more failure, ─────┘    │
//       └─────────────────── one success ────── if the share allows it ──────┘
//
// Each ejection soon after another lasts longer, as in Envoy: `eject` times how many there were. One that may not happen, because too many
// endpoints are out already, is asked for again with the next failure.

/// Decides when an endpoint rests and for how long.
struct OutlierMachine: Sendable {
    private enum State: Sendable {
        /// It takes sessions. Can become: ejected.
        case trusted
        /// It rests. Can become: on trial.
        case ejected(until: Instant)
        /// It is back and has to show that it is well. Can become: trusted, ejected.
        case onTrial
    }

    /// What it did before.
    private enum Record: Sendable {
        /// Never ejected. Can become: ejected.
        case clean
        /// Ejected so many times without a long good time between; the last one ends then. Can become: ejected again, or as if for the first
        /// time.
        case ejected(times: Int, returning: Instant)
    }

    /// Further ejections last no longer than this many times `eject`.
    private static let longest = 30
    /// Behaving for this many times `eject` makes the next ejection a first one.
    private static let probation = 10

    private let limit: Int
    private let duration: Duration
    private var state = State.trusted
    private var record = Record.clean
    private var failuresInRow = 0
    /// Ejections so far.
    private(set) var ejections: UInt64 = 0

    init(_ policy: HealthPolicy) {
        limit = policy.failures
        duration = policy.eject
    }

    /// Whether it rests.
    var isEjected: Bool {
        switch state {
        case .ejected: true
        case .trusted, .onTrial: false
        }
    }

    /// Whether it is back and has yet to succeed.
    var isOnTrial: Bool {
        switch state {
        case .onTrial: true
        case .trusted, .ejected: false
        }
    }

    /// Whether a success would change anything.
    var isTroubled: Bool { failuresInRow > 0 || isOnTrial }

    /// When the rest is over.
    var deadline: Instant {
        switch state {
        case .ejected(let until): until
        case .trusted, .onTrial: .never
        }
    }

    /// An attempt of a session failed. `mayEject`: the share of ejected endpoints allows one more.
    mutating func attemptFailed(mayEject: Bool, at now: Instant) {
        failuresInRow += 1
        switch state {
        case .trusted: if mayEject, limit > 0, failuresInRow >= limit { eject(at: now) }
        case .onTrial: if mayEject { eject(at: now) }
        case .ejected: break
        }
    }

    /// An attempt of a session succeeded. One that was begun before the ejection does not end it.
    mutating func attemptSucceeded() {
        failuresInRow = 0
        switch state {
        case .onTrial: state = .trusted
        case .trusted, .ejected: break
        }
    }

    /// The time may be over.
    mutating func timerFired(at now: Instant) {
        switch state {
        case .ejected(let until): if now >= until { state = .onTrial }
        case .trusted, .onTrial: break
        }
    }

    private mutating func eject(at now: Instant) {
        let times: Int
        switch record {
        case .clean: times = 1
        case .ejected(let before, let returning):
            times = returning.duration(to: now) >= duration * Self.probation ? 1 : min(before + 1, Self.longest)
        }
        let until = now + duration * times
        state = .ejected(until: until)
        record = .ejected(times: times, returning: until)
        ejections += 1
    }
}
