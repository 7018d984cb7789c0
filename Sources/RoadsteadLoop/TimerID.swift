/// Names one armed timer. Once it has fired or was cancelled the name means nothing and is ignored.
public struct TimerID: Hashable, Sendable {
    /// The place in the wheel.
    public let index: UInt32
    /// How often that place had been vacated before.
    public let generation: UInt32

    init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }

    /// No timer: cancelling it does nothing.
    public static let none = TimerID(index: .max, generation: .max)
}
