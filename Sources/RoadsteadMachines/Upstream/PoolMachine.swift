// One upstream as one event loop sees it: who gets a connection to which endpoint (DESIGN section 6).
//
//    leaseRequested ──▶ connecting ──▶ leased ──▶ (released)
//                          │  ▲
//             attemptFailed│  │ the next endpoint that was not tried for this lease
//                          └──┘
//                          └─────▶ refused: 502, 503 or 504

/// Leases connections to endpoints; the driver connects.
public struct PoolMachine: Sendable {
    /// What the driver must do.
    public enum Action: Equatable, Sendable {
        /// Connect to this endpoint for this lease.
        case connect(lease: UInt64, endpoint: Int)
        /// Nobody can serve this lease.
        case refuse(lease: UInt64, PoolRefusal)
    }

    /// How an endpoint is chosen among those not yet tried (configuration `balance`).
    public enum Balance: Sendable, Equatable { case roundRobin, leastSessions }

    private enum Lease: Sendable {
        /// An attempt is under way. Can become: connecting elsewhere, leased, refused.
        case connecting(endpoint: Int, tried: Set<Int>)
        /// A session uses it. Can become: released.
        case leased(endpoint: Int)

        var endpoint: Int {
            switch self {
            case .connecting(let endpoint, _), .leased(let endpoint): endpoint
            }
        }
    }

    private let balance: Balance
    private let maximum: Int
    private var next: Int
    private var leases: [UInt64: Lease] = [:]
    /// Connections of every kind to each endpoint, by its index.
    public private(set) var connections: [Int]

    /// - Parameters:
    ///   - endpoints: how many there are.
    ///   - maximum: leases at once on this loop.
    ///   - offset: where round robin starts, so that loops do not start alike.
    public init(endpoints: Int, balance: Balance, maximum: Int, offset: Int) {
        precondition(endpoints > 0, "An upstream has at least one endpoint.")
        self.balance = balance
        self.maximum = maximum
        next = offset % endpoints
        connections = Array(repeating: 0, count: endpoints)
    }

    /// Leases alive, connecting or leased.
    public var leaseCount: Int { leases.count }

    /// A session wants a connection. `lease` is a name the driver gives and never reuses.
    public mutating func leaseRequested(_ lease: UInt64) -> Action {
        precondition(leases[lease] == nil, "A lease is requested once.")
        guard leases.count < maximum else { return .refuse(lease: lease, .noCapacity) }
        return connect(lease, tried: [], lastFailure: .noCapacity)
    }

    /// The attempt for this lease ended in an attached connection.
    public mutating func attached(_ lease: UInt64) {
        guard case .connecting(let endpoint, _) = leases[lease] else { return }
        leases[lease] = .leased(endpoint: endpoint)
    }

    /// The attempt for this lease failed.
    public mutating func attemptFailed(_ lease: UInt64, _ failure: PoolRefusal) -> Action? {
        guard case .connecting(let endpoint, var tried) = leases[lease] else { return nil }
        connections[endpoint] -= 1
        leases[lease] = nil
        tried.insert(endpoint)
        guard failure.allowsAnotherEndpoint else { return .refuse(lease: lease, failure) }
        return connect(lease, tried: tried, lastFailure: failure)
    }

    /// The session let go of it, at whatever stage. Unknown and already refused leases are ignored.
    public mutating func released(_ lease: UInt64) {
        guard let gone = leases.removeValue(forKey: lease) else { return }
        connections[gone.endpoint] -= 1
    }

    private mutating func connect(_ lease: UInt64, tried: Set<Int>, lastFailure: PoolRefusal) -> Action {
        guard let endpoint = choose(except: tried) else { return .refuse(lease: lease, lastFailure) }
        connections[endpoint] += 1
        leases[lease] = .connecting(endpoint: endpoint, tried: tried)
        return .connect(lease: lease, endpoint: endpoint)
    }

    /// From `next` on, the first not tried, or of those the one with the fewest connections; ties go round.
    private mutating func choose(except tried: Set<Int>) -> Int? {
        let order = (0..<connections.count).map { (next + $0) % connections.count }.filter { !tried.contains($0) }
        let chosen: Int?
        switch balance {
        case .roundRobin: chosen = order.first
        case .leastSessions: chosen = order.min { connections[$0] < connections[$1] }
        }
        if let chosen { next = (chosen + 1) % connections.count }
        return chosen
    }
}
