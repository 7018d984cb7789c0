/// Names one descriptor's stay in a loop. A slot is used again after a close, its generation is not, so an event or a call
/// for a closed registration is recognised and dropped.
public struct Registration: Hashable, Sendable {
    /// The place in the loop's table.
    public let slot: UInt32
    /// How often that place had been vacated before.
    public let generation: UInt32

    init(slot: UInt32, generation: UInt32) {
        self.slot = slot
        self.generation = generation
    }

    /// As it travels in `epoll_data`.
    init(packed: UInt64) {
        self.init(slot: UInt32(truncatingIfNeeded: packed), generation: UInt32(truncatingIfNeeded: packed >> 32))
    }

    /// As it travels in `epoll_data`.
    var packed: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}
