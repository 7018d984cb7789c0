import RoadsteadMachines

/// Which sessions an operator wants to see, and in what order (`GET /api/v1/sessions`).
public struct SessionQuery: Sendable, Equatable {
    /// Live ones, the latest closed ones, or both.
    public enum State: String, Sendable, CaseIterable { case open, closed, all }
    /// What they are sorted by.
    public enum Sort: String, Sendable, CaseIterable { case opened, rtt, queued, bytes, idle }

    /// Which of them.
    public var state = State.open
    /// Only this route.
    public var route: String?
    /// Only this user.
    public var user: String?
    /// Only this client address, with or without its port.
    public var address: String?
    /// Only this upstream.
    public var upstream: String?
    /// By what.
    public var sort = Sort.opened
    /// The largest or latest first.
    public var isDescending = false

    /// Live sessions, the oldest first.
    public init() {}

    /// Whether `first` comes before `second`; the id decides between equals, so that pages do not overlap.
    func precedes(_ first: SessionSnapshot, _ second: SessionSnapshot) -> Bool {
        let (one, other) = (key(first), key(second))
        if one != other { return isDescending ? one > other : one < other }
        return first.id.description < second.id.description
    }

    private func key(_ session: SessionSnapshot) -> Double {
        switch sort {
        case .opened: Double(session.opened)
        case .rtt: session.roundTripTime.smoothed?.seconds ?? 0
        case .queued: Double(session.queuedBytes)
        case .bytes: Double(session.received.bytes &+ session.sent.bytes)
        case .idle: -Double(session.lastActive)
        }
    }

    private func matches(_ session: SessionSnapshot) -> Bool {
        if let route, session.route != route { return false }
        if let user, session.user != user { return false }
        if let upstream, session.upstream != upstream { return false }
        if let address, !(session.remote == address || session.remote.hasPrefix(address + ":") || session.remote.hasPrefix("[\(address)]"))
        {
            return false
        }
        return true
    }

    /// The first `count` of a shard's sessions that match.
    func select(from shard: ShardCore, first count: Int) -> [SessionSnapshot] {
        var found: [SessionSnapshot] = []
        if state != .closed { found += shard.sessions.values.lazy.map { $0.snapshot() }.filter(matches) }
        if state != .open { found += shard.closed.all.filter(matches) }
        return Array(found.sorted(by: precedes).prefix(count))
    }
}
