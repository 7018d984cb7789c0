import RoadsteadMachines
import Synchronization

/// How many bytes wait in all loops together, against `limits.memory`. Loops report what changed once per wake-up, or sooner when it is much.
final class MemoryWatch: Sendable {
    /// What the loops have to do something about.
    enum Change: Sendable, Equatable {
        /// Memory is short: queues are held to less from now on.
        case pressed
        /// It is not short any more.
        case relieved
        /// The longest queues must go; `isFirst` since memory became short.
        case overflowed(isFirst: Bool)
    }

    let bounds: MemoryBounds
    /// Loops that take part in cutting queues.
    private let loops: Int
    private let total = Atomic<Int>(0)
    private let pressed = Atomic<Bool>(false)
    private let pressures = Atomic<Int>(0)
    /// Loops that have not done yet with what an overflow asked of them.
    private let cutting = Atomic<Int>(0)
    /// When loops were last asked for that, in milliseconds since `origin`.
    private let lastCut = Atomic<Int>(-MemoryWatch.rest)
    private let hasOverflowed = Atomic<Bool>(false)
    private let origin: Instant
    /// Milliseconds in which a cut may show its effect before the next one.
    private static let rest = 100
    private let observer = Mutex<(@Sendable (Change, Int) -> Void)?>(nil)

    init(limit: Int, loops: Int, at now: Instant) {
        origin = now
        bounds = MemoryBounds(limit: limit)
        self.loops = loops
    }

    /// Told each change, and the sum at that moment, on the loop that made it.
    func observe(_ observer: @escaping @Sendable (Change, Int) -> Void) { self.observer.withLock { $0 = observer } }

    /// Whether memory is short.
    var isPressed: Bool { pressed.load(ordering: .relaxed) }

    /// Bytes that wait in all loops.
    var queuedBytes: Int { total.load(ordering: .relaxed) }

    /// How often memory became short.
    var pressureCount: Int { pressures.load(ordering: .relaxed) }

    /// The queues of one loop changed by so much.
    func changed(by difference: Int, at now: Instant) {
        total.add(difference, ordering: .sequentiallyConsistent)
        // Looked at again after each change of the state: another loop may have changed the sum meanwhile, and seen the old state.
        var (sum, was, isPressed) = judged()
        while isPressed != was {
            if pressed.compareExchange(expected: was, desired: isPressed, ordering: .sequentiallyConsistent).exchanged {
                if isPressed { pressures.add(1, ordering: .relaxed) } else { hasOverflowed.store(false, ordering: .relaxed) }
                report(isPressed ? .pressed : .relieved, sum)
            }
            (sum, was, isPressed) = judged()
        }
        if bounds.isOverflowing(sum) { overflowed(sum, at: now) }
    }

    /// The sum, whether memory counts as short, and whether it should.
    private func judged() -> (sum: Int, was: Bool, isPressed: Bool) {
        let (was, sum) = (pressed.load(ordering: .sequentiallyConsistent), total.load(ordering: .sequentiallyConsistent))
        return (sum, was, bounds.isPressed(sum, before: was))
    }

    /// Asks the loops to cut their longest queues, if none of them is at it or has just been.
    private func overflowed(_ sum: Int, at now: Instant) {
        let moment = Int(origin.duration(to: now) / .milliseconds(1))
        guard moment - lastCut.load(ordering: .relaxed) >= Self.rest,
            cutting.compareExchange(expected: 0, desired: loops, ordering: .relaxed).exchanged
        else { return }
        lastCut.store(moment, ordering: .relaxed)
        report(.overflowed(isFirst: !hasOverflowed.exchange(true, ordering: .relaxed)), sum)
    }

    /// A loop has cut what it could.
    func cutEnded() { cutting.subtract(1, ordering: .relaxed) }

    private func report(_ change: Change, _ sum: Int) { observer.withLock { $0 }?(change, sum) }
}
