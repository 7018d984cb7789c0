import RoadsteadMachines
import RoadsteadMetrics

extension ShardCore {
    /// Adds what is a state rather than a count, and what is counted elsewhere.
    func addGauges(to snapshot: inout MetricSnapshot) {
        addSessions(to: &snapshot)
        snapshot.add(MetricCatalogue.queuedBytes, [], Double(context.queuedBytes))
        snapshot.add(MetricCatalogue.handshakesDeferred, [], Double(context.handshakes.deferred))
        for pool in pools { addGauges(of: pool, to: &snapshot) }
        let statistics = context.loop.statistics
        let total = statistics.total - (scraped?.total ?? .zero)
        let share = total > .zero ? (statistics.busy - (scraped?.busy ?? .zero)) / total : 0
        scraped = statistics
        snapshot.add(MetricCatalogue.loopUtilization, ["\(loopIndex)"], share)
    }

    /// There may be very many, and the loop waits for this: so nothing is looked up by name for each.
    private func addSessions(to snapshot: inout MetricSnapshot) {
        var counts = [[Int]](repeating: [Int](repeating: 0, count: SessionState.allCases.count), count: routes.count + 1)
        let unrouted = routes.count
        for session in sessions.values { counts[session.route?.index ?? unrouted][session.machine.state.index] += 1 }
        for (index, states) in counts.enumerated() {
            let name = index == unrouted ? "" : routes[index].configuration.name
            for state in SessionState.allCases where state != .closed && (index != unrouted || states[state.index] > 0) {
                snapshot.add(MetricCatalogue.sessions, [name, state.rawValue], Double(states[state.index]))
            }
        }
    }

    private func addGauges(of pool: UpstreamPool, to snapshot: inout MetricSnapshot) {
        let name = pool.runtime.configuration.name
        let counted = pool.snapshot()
        snapshot.add(MetricCatalogue.upstreamWaiting, [name], Double(counted.waiting))
        for (endpoint, counts) in zip(pool.runtime.endpoints, counted.endpoints.map(\.connections)) {
            let states = [
                ("connecting", counts.connecting), ("warm", counts.warm), ("leased", counts.leased), ("backing_off", counts.backingOff),
                ("closing", counts.closing),
            ]
            for (state, count) in states {
                snapshot.add(MetricCatalogue.upstreamConnections, [name, endpoint.address.text, state], Double(count))
            }
        }
    }
}

extension SessionState {
    /// Its place among all states.
    fileprivate var index: Int {
        switch self {
        case .handshaking: 0
        case .upgrading: 1
        case .attaching: 2
        case .open: 3
        case .detached: 4
        case .closing: 5
        case .closed: 6
        }
    }
}

extension MetricSnapshot {
    /// Adds a number of one loop to what others have set.
    fileprivate mutating func add(_ definition: MetricDefinition, _ labels: [String], _ amount: Double) {
        set(definition, labels, to: (value(definition, labels) ?? 0) + amount)
    }
}
