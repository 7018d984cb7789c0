import RoadsteadLoop
import RoadsteadMachines

/// Moves a shard's sessions from one endpoint of an upstream to others, a few at a time: off endpoints that are drained, and to even out.
/// Loop-confined.
final class MoveDriver: TimerHandler {
    /// Sessions on the move at once on a loop: the others of an endpoint's sessions wait.
    static let atOnce = 32
    private static let tick: Duration = .milliseconds(20)
    /// How soon those that could not move are asked again.
    private static let pause: Duration = .seconds(1)
    /// A session that has not found the moment to go by then stays where it is, so that others get their turn.
    private static let longestMove: Duration = .seconds(10)
    /// How long evening out is tried, should there be no way at first.
    private static let longestBalancing: Duration = .seconds(30)

    private let pool: UpstreamPool
    private unowned let shard: ShardCore
    private var waiting: [SessionID] = []
    private var moving: [(id: SessionID, until: Instant)] = []
    /// Sessions are evened out until then.
    private var balancingEnd = Instant.never
    private var isBalancing = false
    private var timer = TimerID.none

    init(shard: ShardCore, pool: UpstreamPool) {
        self.shard = shard
        self.pool = pool
    }

    /// The process has a new opinion of an endpoint.
    func endpointChanged(_ status: EndpointStatus) {
        if status.state == .draining { begin() }
    }

    /// Evens out.
    func rebalance() {
        isBalancing = true
        balancingEnd = shard.context.loop.now + Self.longestBalancing
        begin()
    }

    private func begin() {
        if timer == .none { arm(after: .zero) }
    }

    func timerFired(_ timer: TimerID) {
        self.timer = .none
        let now = shard.context.loop.now
        for (id, until) in moving {
            guard let session = shard.sessions[id], until <= now || !isToMove(session) else { continue }
            session.stay()
        }
        moving.removeAll { shard.sessions[$0.id]?.isMoving != true }
        if waiting.isEmpty, moving.isEmpty {
            waiting = drained.map(\.id)
            if waiting.isEmpty, isBalancing { waiting = surplus.map(\.id) }
            if waiting.isEmpty || now >= balancingEnd { isBalancing = false }
        }
        let isMoving = start()
        if isMoving || !waiting.isEmpty { return arm(after: Self.tick) }
        if isBalancing || pool.runtime.endpoints.indices.contains(where: isDraining) { arm(after: Self.pause) }
    }

    /// Starts as many as may be on the move. Returns whether any are.
    private func start() -> Bool {
        while moving.count < Self.atOnce, let id = waiting.popLast() {
            guard let session = shard.sessions[id], isToMove(session) else { continue }
            session.move()
            if session.isMoving { moving.append((id, shard.context.loop.now + Self.longestMove)) }
        }
        return !moving.isEmpty
    }

    // MARK: - Who is to move

    private var sessions: some Sequence<ClientSession> { shard.sessions.values.lazy.filter { $0.route?.pool === self.pool } }

    /// Whether there is still a reason: since it was put on the list, or began to look, its endpoint may have been given back.
    private func isToMove(_ session: ClientSession) -> Bool {
        guard let endpoint = session.upstream?.endpoint else { return false }
        return isBalancing || isDraining(endpoint)
    }

    private func isDraining(_ endpoint: Int) -> Bool { pool.machine.status(endpoint).state == .draining }

    private var drained: [ClientSession] {
        sessions.filter { $0.canMove && $0.upstream.map { isDraining($0.endpoint) } ?? false }
    }

    private var surplus: [ClientSession] {
        let places = pool.runtime.endpoints.indices
        let takes = places.map { pool.machine.status($0).state == .up }
        // Not the pool's counts: those include connections that are being left.
        var counts = places.map { _ in 0 }
        for session in sessions { session.upstream.map { counts[$0.endpoint] += 1 } }
        var surplus = Rebalance.surplus(sessions: counts, takes: takes)
        return sessions.filter { session in
            guard session.canMove, let endpoint = session.upstream?.endpoint else { return false }
            // Where hashing puts it is not a question of numbers.
            if let home = session.hashKey.flatMap(pool.machine.home(of:)) { return home != endpoint }
            guard surplus[endpoint] > 0 else { return false }
            surplus[endpoint] -= 1
            return true
        }
    }

    private func arm(after duration: Duration) { timer = shard.context.loop.arm(at: shard.context.loop.now + duration, handler: self) }
}
