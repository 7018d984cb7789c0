import RoadsteadMachines
import TestSupport
import Testing

@Suite("A balancer")
struct BalancerTests {
    private static func names(_ count: Int) -> [String] { (0..<count).map { "ws://10.0.0.\($0):9000" } }

    @Test("goes round from where its loop begins", arguments: 0...6)
    func goesRound(_ offset: Int) {
        var balancer = Balancer(.roundRobin, names: Self.names(3), offset: offset)
        for turn in 0..<30 {
            #expect(balancer.choose(key: nil, sessions: { _ in 0 }, where: { _ in true }) == (offset + turn) % 3)
        }
    }

    @Test("passes over who may not be chosen, and goes on behind who was", arguments: [Balancer.Method.roundRobin, .leastSessions, .hash])
    func passesOver(_ method: Balancer.Method) {
        var balancer = Balancer(method, names: Self.names(3), offset: 0)
        let chosen = (0..<6).map { _ in balancer.choose(key: nil, sessions: { _ in 0 }, where: { $0 != 1 }) }
        #expect(chosen == [0, 2, 0, 2, 0, 2])
        #expect(balancer.choose(key: 5, sessions: { _ in 0 }, where: { _ in false }) == nil)
        #expect(balancer.choose(key: nil, sessions: { _ in 0 }, where: { _ in false }) == nil)
    }

    @Test("with least sessions fills up the emptiest one, and goes round where they are equal")
    func fillsUp() {
        var balancer = Balancer(.leastSessions, names: Self.names(3), offset: 1)
        var sessions = [0, 0, 0]
        var order: [Int] = []
        for _ in 0..<7 {
            guard let chosen = balancer.choose(key: nil, sessions: { sessions[$0] }, where: { _ in true }) else { return }
            sessions[chosen] += 1
            order.append(chosen)
        }
        #expect(order == [1, 2, 0, 1, 2, 0, 1])
        sessions = [5, 9, 5]
        #expect(balancer.choose(key: nil, sessions: { sessions[$0] }, where: { _ in true }) == 2)
        #expect(balancer.choose(key: nil, sessions: { sessions[$0] }, where: { $0 == 1 }) == 1)
    }

    @Test("binds only by a key, and only if it hashes")
    func binds() {
        #expect(Balancer(.hash, names: Self.names(2), offset: 0).isBound(key: 1))
        #expect(!Balancer(.hash, names: Self.names(2), offset: 0).isBound(key: nil))
        #expect(!Balancer(.leastSessions, names: Self.names(2), offset: 0).isBound(key: 1))
    }

    /// Where each of 20,000 keys belongs.
    private static func places(_ names: [String], offset: Int = 0, where isCandidate: (Int) -> Bool = { _ in true }) -> [String] {
        var balancer = Balancer(.hash, names: names, offset: offset)
        return (0..<20_000).map { number in
            let key = Balancer.key("user-\(number)".utf8)
            return balancer.choose(key: key, sessions: { _ in 0 }, where: isCandidate).map { names[$0] } ?? ""
        }
    }

    @Test("sends a key to the same endpoint always, whatever the loop, the order of the list and the sessions there")
    func sticks() {
        let names = Self.names(5)
        let places = Self.places(names)
        #expect(Self.places(names, offset: 3) == places)
        #expect(Self.places(names.reversed()) == places)
        for name in names {
            let share = places.count { $0 == name }
            #expect(share > 3600 && share < 4400, "\(name) has \(share) of 20000")
        }
    }

    @Test("moves one part of n of the keys when an endpoint is added, and moves them there only", arguments: [1, 2, 4, 9])
    func movesFew(_ count: Int) {
        let names = Self.names(count)
        let (before, after) = (Self.places(names), Self.places(names + ["ws://new:1"]))
        let moved = zip(before, after).filter { $0 != $1 }
        #expect(moved.allSatisfy { $0.1 == "ws://new:1" })
        let expected = 20_000 / (count + 1)
        #expect(abs(moved.count - expected) < expected / 8, "\(moved.count) moved, not \(expected)")
    }

    @Test("spreads the keys of an endpoint that is out over all others, and moves no other key")
    func fallsToTheNext() {
        let names = Self.names(5)
        let (before, after) = (Self.places(names), Self.places(names, where: { $0 != 2 }))
        let moved = zip(before, after).filter { $0 != $1 }
        #expect(moved.allSatisfy { $0.0 == names[2] } && moved.count == before.count { $0 == names[2] })
        for name in names where name != names[2] {
            let share = moved.count { $0.1 == name }
            #expect(share > 800 && share < 1200, "\(name) got \(share) of \(moved.count)")
        }
    }

    @Test("stops the process without endpoints")
    func needsEndpoints() async {
        await #expect(processExitsWith: .failure) { _ = Balancer(.roundRobin, names: [], offset: 0) }
    }
}

@Suite("Rebalancing")
struct RebalanceTests {
    static let rows: [([Int], [Bool], [Int])] = [
        ([], [], []), ([7], [true], [0]), ([10, 0], [true, true], [5, 0]), ([0, 11], [true, true], [0, 5]),
        ([11, 0], [true, true], [5, 0]), ([4, 4, 4], [true, true, true], [0, 0, 0]), ([5, 4, 4], [true, true, true], [0, 0, 0]),
        ([9, 3, 0], [true, true, true], [5, 0, 0]), ([8, 8, 0], [true, true, true], [2, 3, 0]),
        // Who takes none is left alone, and does not count.
        ([10, 0, 6], [true, true, false], [5, 0, 0]), ([10, 0], [true, false], [0, 0]), ([10, 20], [false, false], [0, 0]),
    ]

    @Test("takes from each endpoint what is beyond its part", arguments: rows)
    func takes(_ sessions: [Int], _ takes: [Bool], _ surplus: [Int]) {
        #expect(Rebalance.surplus(sessions: sessions, takes: takes) == surplus)
    }

    @Test("moves as few as even out, and leaves nobody more than one apart")
    func evens() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5000 {
            let count = Int.random(in: 1...8, using: &generator)
            let sessions = (0..<count).map { _ in Int.random(in: 0...50, using: &generator) }
            let takes = (0..<count).map { _ in !generator.chance(4) }
            let surplus = Rebalance.surplus(sessions: sessions, takes: takes)
            let takers = sessions.indices.filter { takes[$0] }
            guard !takers.isEmpty else {
                #expect(surplus.allSatisfy { $0 == 0 })
                continue
            }
            let total = takers.reduce(0) { $0 + sessions[$1] }
            let parts = takers.map { sessions[$0] - surplus[$0] }
            let most = (total + takers.count - 1) / takers.count
            let room = takers.reduce(0) { $0 + max(0, most - (sessions[$1] - surplus[$1])) }
            let isRight =
                zip(surplus, takes).allSatisfy { $0 >= 0 && ($1 || $0 == 0) } && (parts.max() ?? 0) <= most
                && surplus.reduce(0, +) <= room
                && takers.allSatisfy { surplus[$0] == 0 || sessions[$0] - surplus[$0] >= total / takers.count }
            #expect(isRight, "seed \(seed): \(surplus) of \(sessions) where \(takes)")
            if !isRight { return }
        }
    }
}
