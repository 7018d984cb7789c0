/// Evens out sessions over endpoints, after an endpoint was added or came back.
public enum Rebalance {
    /// How many sessions each endpoint has beyond its part; zero for those that have no more, or take none.
    /// - Parameters:
    ///   - sessions: how many each has.
    ///   - takes: whether it takes sessions.
    public static func surplus(sessions: [Int], takes: [Bool]) -> [Int] {
        precondition(sessions.count == takes.count, "Each endpoint has both.")
        let takers = sessions.indices.filter { takes[$0] }.sorted { sessions[$0] > sessions[$1] }
        var surplus = sessions.map { _ in 0 }
        guard !takers.isEmpty else { return surplus }
        let total = takers.reduce(0) { $0 + sessions[$1] }
        for (place, index) in takers.enumerated() {
            // What does not divide stays with those that have most.
            let part = total / takers.count + (place < total % takers.count ? 1 : 0)
            surplus[index] = max(0, sessions[index] - part)
        }
        return surplus
    }
}
