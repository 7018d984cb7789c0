import Logging
import Synchronization

/// The least severe level that is written: one for all loggers of the process, and changed while it runs.
final class LogThreshold: Sendable {
    private let place: Atomic<Int>

    /// Begins with this level.
    init(_ level: Logger.Level) { place = Atomic(Self.place(of: level)) }

    /// The level at this moment.
    var level: Logger.Level {
        get { Logger.Level.allCases[place.load(ordering: .relaxed)] }
        set { place.store(Self.place(of: newValue), ordering: .relaxed) }
    }

    private static func place(of level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }
}
