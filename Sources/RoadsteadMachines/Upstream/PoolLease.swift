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

    let request: LeaseRequest
    var phase = Phase.queued
    /// Endpoints that failed since it last rested.
    var tried: [Int] = []
    var lastFailure: PoolRefusal?
    /// A warm connection turned out to be stale: the next one is made anew.
    var wantsFresh = false
    var backoff: Backoff

    init(_ request: LeaseRequest, backoff: Backoff) {
        self.request = request
        self.backoff = backoff
    }

    /// When a new session has waited long enough; nil for those that are not refused.
    var expiry: Instant? {
        switch request.patience {
        case .queued(let until): until
        case .held, .none: nil
        }
    }
}
