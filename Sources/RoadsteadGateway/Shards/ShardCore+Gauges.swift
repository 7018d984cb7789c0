import RoadsteadMachines
import RoadsteadMetrics

extension ShardCore {
    /// Adds what is a state rather than a count, and what is counted elsewhere.
    func addGauges(to snapshot: inout MetricSnapshot) {
        var counts: [String: [SessionState: Int]] = [:]
        for route in routes { counts[route.configuration.name] = [:] }
        for session in sessions.values {
            counts[session.route?.configuration.name ?? "", default: [:]][session.machine.state, default: 0] += 1
        }
        for (route, states) in counts {
            for state in SessionState.allCases where state != .closed {
                guard !route.isEmpty || states[state] != nil else { continue }
                snapshot.add(MetricCatalogue.sessions, [route, state.rawValue], Double(states[state] ?? 0))
            }
        }
        snapshot.add(MetricCatalogue.queuedBytes, [], Double(context.queuedBytes))
        snapshot.add(MetricCatalogue.handshakesDeferred, [], Double(context.handshakes.deferred))
        for pool in pools { addGauges(of: pool, to: &snapshot) }
        let statistics = context.loop.statistics
        let total = statistics.total - (scraped?.total ?? .zero)
        let share = total > .zero ? (statistics.busy - (scraped?.busy ?? .zero)) / total : 0
        scraped = statistics
        snapshot.add(MetricCatalogue.loopUtilization, ["\(loopIndex)"], share)
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

extension MetricSnapshot {
    /// Adds a number of one loop to what others have set.
    fileprivate mutating func add(_ definition: MetricDefinition, _ labels: [String], _ amount: Double) {
        set(definition, labels, to: (value(definition, labels) ?? 0) + amount)
    }
}
