/// Chooses an endpoint among those that may be chosen (configuration `balance`).
public struct Balancer: Sendable {
    /// How.
    public enum Method: Sendable, Equatable {
        /// One after the other.
        case roundRobin
        /// The one with the fewest sessions; ties go round.
        case leastSessions
        /// The one that the request's key belongs to. A request without a key goes where there are the fewest sessions.
        case hash
    }

    private let method: Method
    private let seeds: [UInt64]
    private var next: Int

    /// - Parameters:
    ///   - names: the endpoints; a key belongs to the same name on every loop and in every process.
    ///   - offset: where going round begins, so that loops do not begin alike.
    public init(_ method: Method, names: [String], offset: Int) {
        precondition(!names.isEmpty, "An upstream has at least one endpoint.")
        self.method = method
        seeds = names.map { Self.key($0.utf8) }
        next = offset % names.count
    }

    /// What a request's address, header or parameter comes to as a key: FNV-1a, well mixed.
    public static func key(_ bytes: some Sequence<UInt8>) -> UInt64 {
        mixed(bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 })
    }

    /// Rendezvous hashing: each endpoint draws a number for the key, and the highest wins. So an endpoint that is added takes its
    /// share from all others alike, one that goes leaves its keys to all others alike, and nothing else moves.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// Whether the key decides alone: then an endpoint that is merely busy is waited for.
    public func isBound(key: UInt64?) -> Bool { method == .hash && key != nil }

    /// The chosen one of those that `isCandidate` lets through; nil if there are none.
    /// - Parameter sessions: how many an endpoint has.
    public mutating func choose(key: UInt64?, sessions: (Int) -> Int, where isCandidate: (Int) -> Bool) -> Int? {
        var chosen: Int?
        switch (method, key) {
        case (.roundRobin, _):
            chosen = turns.first(where: isCandidate)
        case (.leastSessions, _), (.hash, nil):
            for index in turns where isCandidate(index) {
                if let best = chosen, sessions(best) <= sessions(index) { continue }
                chosen = index
            }
        case (.hash, let key?):
            var highest: UInt64 = 0
            for index in seeds.indices where isCandidate(index) {
                let drawn = Self.mixed(seeds[index] ^ key)
                if let chosen, (drawn, chosen) < (highest, index) { continue }
                (chosen, highest) = (index, drawn)
            }
        }
        if let chosen { next = (chosen + 1) % seeds.count }
        return chosen
    }

    /// All endpoints once, from `next` on.
    private var turns: some Sequence<Int> {
        let (start, count) = (next, seeds.count)
        return (0..<count).lazy.map { (start + $0) % count }
    }
}
