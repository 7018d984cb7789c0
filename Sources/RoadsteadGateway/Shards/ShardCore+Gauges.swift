import RoadsteadMachines
import RoadsteadMetrics

extension ShardCore {
    /// Adds what is a state rather than a count.
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
        for endpoint in pools.flatMap({ $0.snapshot() }) {
            snapshot.add(
                MetricCatalogue.upstreamConnections, [endpoint.upstream, endpoint.address, "leased"], Double(endpoint.sessions))
        }
        for pool in pools {
            for endpoint in pool.runtime.endpoints {
                snapshot.set(MetricCatalogue.upstreamState, [pool.runtime.configuration.name, endpoint.address.text], to: 1)
            }
        }
        let statistics = context.loop.statistics
        let total = statistics.total - (scraped?.total ?? .zero)
        let share = total > .zero ? (statistics.busy - (scraped?.busy ?? .zero)) / total : 0
        scraped = statistics
        snapshot.add(MetricCatalogue.loopUtilization, ["\(loopIndex)"], share)
    }
}

extension MetricSnapshot {
    /// Adds a gauge of one loop to what others have set.
    fileprivate mutating func add(_ definition: MetricDefinition, _ labels: [String], _ amount: Double) {
        set(definition, labels, to: (value(definition, labels) ?? 0) + amount)
    }
}
