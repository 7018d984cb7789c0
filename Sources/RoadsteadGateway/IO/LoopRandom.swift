import RoadsteadLoop

/// SplitMix64, seeded by the kernel: enough for masks, ping payloads and jitter; identifiers come from the kernel itself.
struct LoopRandom: RandomNumberGenerator {
    private var state: UInt64

    init() { state = Self.fromKernel() }

    /// Eight bytes from getrandom(2).
    static func fromKernel() -> UInt64 { bytesFromKernel(8).reduce(0) { $0 << 8 | UInt64($1) } }

    /// That many bytes from getrandom(2).
    static func bytesFromKernel(_ count: Int) -> [UInt8] {
        let buffer = IOBuffer(capacity: count)
        var bytes = buffer.mutableBytes
        SecureRandom.fill(&bytes)
        return (0..<count).map { bytes.bytes[byte: $0] }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
