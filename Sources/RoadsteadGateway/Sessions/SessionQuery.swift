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

    /// Where a session comes in the order; the id decides between equals, so that pages do not overlap.
    struct Place: Comparable, Sendable {
        fileprivate let key: Double
        let id: SessionID

        static func < (one: Place, other: Place) -> Bool { one.key == other.key ? one.id < other.id : one.key < other.key }
    }

    private func place(_ session: some ListedSession) -> Place {
        let key =
            switch sort {
            case .opened: Double(session.opened)
            case .rtt: session.roundTripTime.smoothed?.seconds ?? 0
            case .queued: Double(session.queuedBytes)
            case .bytes: Double(session.received.bytes &+ session.sent.bytes)
            case .idle: -Double(session.lastActive)
            }
        return Place(key: isDescending ? -key : key, id: session.id)
    }

    private func matches(_ session: some ListedSession) -> Bool {
        if let route, session.routeName != route { return false }
        if let user, session.user != user { return false }
        if let upstream, session.upstreamName != upstream { return false }
        guard let address else { return true }
        let remote = session.remoteText
        return remote == address || remote.hasPrefix(address + ":") || remote.hasPrefix("[\(address)]")
    }

    /// The places of the first `count` of those that match, in order.
    private func first(_ count: Int, of sessions: some Sequence<some ListedSession>, into found: inout [Place]) {
        for session in sessions where matches(session) {
            found.append(place(session))
            // Whoever is behind so many is in no page: sorting again and again for few is cheaper than sorting all.
            if found.count / 2 >= max(count, 1000) { Self.cut(&found, to: count) }
        }
    }

    private static func cut(_ found: inout [Place], to count: Int) {
        found.sort()
        found.removeLast(max(0, found.count - count))
    }

    /// The places of the first `count` of a shard's sessions that match, in order.
    func select(from shard: ShardCore, first count: Int) -> [Place] {
        var found: [Place] = []
        if state != .closed { first(count, of: shard.sessions.values, into: &found) }
        if state != .open { first(count, of: shard.closed.all, into: &found) }
        Self.cut(&found, to: count)
        return found
    }
}
