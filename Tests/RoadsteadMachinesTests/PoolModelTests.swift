import RoadsteadMachines
import TestSupport
import Testing

@Suite("Pools of random stories")
struct PoolModelTests {
    @Test("lose no lease, serve none twice, and keep their books", arguments: [Balancer.Method.roundRobin, .leastSessions, .hash])
    func keepsInvariants(_ balance: Balancer.Method) {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        var ends: [PoolStory.End: Int] = [:]
        for round in 0..<5000 {
            var story = PoolStory(balance, using: &generator)
            for _ in 0..<Int.random(in: 5...60, using: &generator) where story.problem == nil { story.step(using: &generator) }
            story.finish(using: &generator)
            if let problem = story.problem {
                Issue.record("seed \(seed), round \(round), \(balance): \(problem)")
                return
            }
            for end in story.ends.values { ends[end, default: 0] += 1 }
        }
        // The stories reach every kind of end.
        for end in PoolStory.End.allCases { #expect(ends[end, default: 0] > 100, "seed \(seed): \(end) \(ends)") }
    }

    @Test("serve those who ask alike in the order in which they asked")
    func keepsOrder() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for round in 0..<1000 {
            let maximum = Int.random(in: 1...6, using: &generator)
            var pool = PoolScene(Int.random(in: 1...3, using: &generator), balance: .leastSessions, maximum: maximum)
            var (asked, served): ([UInt64], [UInt64]) = ([], [])
            var (attempting, leased): ([UInt64], [UInt64]) = ([], [])
            func take(_ actions: [PoolMachine.Action], _ pool: inout PoolScene) {
                for connection in actions.compactMap(\.connection) {
                    served.append(pool.machine.established(connection, at: pool.now) ?? 0)
                    attempting.append(connection)
                }
            }
            for lease in 1...200 as ClosedRange<UInt64> {
                switch Int.random(in: 0..<4, using: &generator) {
                case 0, 1:
                    asked.append(lease)
                    take(pool.request(lease, waits: .seconds(1000)), &pool)
                case 2 where !attempting.isEmpty:
                    let connection = attempting.remove(at: Int.random(in: attempting.indices, using: &generator))
                    leased.append(connection)
                    take(pool.attach(connection), &pool)
                case _ where !leased.isEmpty:
                    let connection = leased.remove(at: Int.random(in: leased.indices, using: &generator))
                    take(generator.chance(2) ? pool.release(connection) : pool.lose(connection), &pool)
                    for endpoint in 0..<3 where endpoint < 3 && generator.chance(2) { take(pool.reopen(endpoint), &pool) }
                case _: continue
                }
            }
            guard served == Array(asked.prefix(served.count)) else {
                Issue.record("seed \(seed), round \(round): \(served) of \(asked)")
                return
            }
        }
    }
}

extension PoolScene {
    /// The process says that all is well, if there is such an endpoint.
    fileprivate mutating func reopen(_ endpoint: Int) -> [PoolMachine.Action] {
        endpoint < endpointCount ? tell(endpoint) : []
    }
}
