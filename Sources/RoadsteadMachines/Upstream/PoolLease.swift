/// A session's wish for a connection, from the request until it has one.
struct PoolLease: Sendable {
    enum Phase: Sendable, Equatable {
        /// In the queue. Can become: attempting, resting, refused.
        case queued
        /// Everything has been tried and failed; again after a while. Can become: queued, refused.
        case resting(until: Instant)
        /// A connection is being made or upgraded for it. Can become: attached, queued.
        case attempting(connection: UInt64)
    }

    /// A request that was dropped so many times in a row rests, whatever endpoints are left: it may be what makes backends fail.
    private static let mostDrops = 3

    let request: LeaseRequest
    var phase = Phase.queued
    /// Endpoints that failed since it last rested.
    var tried: [Int] = []
    private(set) var lastFailure: PoolRefusal?
    /// Connections that ended with its request unanswered, since it last rested.
    private var drops = 0
    /// A warm connection turned out to be stale: the next one is made anew.
    var wantsFresh = false
    var backoff: Backoff

    init(_ request: LeaseRequest, backoff: Backoff) {
        self.request = request
        self.backoff = backoff
    }

    /// Nothing is to be gained by another attempt now: the application has said no, or the request is dropped wherever it goes.
    var isHopeless: Bool { lastFailure?.isFinal == true || drops >= Self.mostDrops }

    /// Whether a new session had better wait for an endpoint to come back than be refused.
    var isWorthWaiting: Bool {
        switch lastFailure {
        case nil, .unreachable, .dropped, .noHealthyUpstream: true
        case .noCapacity, .declined, .invalid, .tooSlow: false
        }
    }

    /// An attempt at this endpoint failed.
    mutating func attemptFailed(at endpoint: Int, _ failure: PoolRefusal) {
        tried.append(endpoint)
        lastFailure = failure
        wantsFresh = false
        if case .dropped = failure { drops += 1 }
    }

    /// Everything was tried: it all begins anew.
    mutating func startOver() {
        if isHopeless { lastFailure = nil }
        (tried, drops) = ([], 0)
    }

    /// When a new session has waited long enough; nil for those that are not refused.
    var expiry: Instant? {
        switch request.patience {
        case .queued(let until): until
        case .held, .none: nil
        }
    }
}
