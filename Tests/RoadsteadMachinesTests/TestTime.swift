import RoadsteadMachines

/// When every test begins.
let start = ContinuousClock.now

/// An instant of a test, by how long after `start` it is.
func at(_ elapsed: Duration) -> Instant { start + elapsed }

/// The shortest time: what a moment too early is short of.
let moment = Duration.nanoseconds(1)

/// SplitMix64: the same numbers from the same seed, so that a failed random test can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }

    /// True once in `odds` times.
    mutating func chance(_ odds: Int) -> Bool { Int.random(in: 0..<odds, using: &self) == 0 }

    /// One of them.
    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[Int.random(in: choices.indices, using: &self)] }
}
