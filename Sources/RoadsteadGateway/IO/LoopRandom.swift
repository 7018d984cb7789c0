import RoadsteadLoop

/// SplitMix64, seeded by the kernel: enough for masks, ping payloads and jitter; identifiers come from the kernel itself.
struct LoopRandom: RandomNumberGenerator {
    private var state: UInt64

    init() { state = Self.fromKernel() }

    /// Eight bytes from getrandom(2).
    static func fromKernel() -> UInt64 {
        let buffer = IOBuffer(capacity: 8)
        var bytes = buffer.mutableBytes
        SecureRandom.fill(&bytes)
        var value: UInt64 = 0
        for index in 0..<8 { value = value << 8 | UInt64(bytes.bytes[byte: index]) }
        return value
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
