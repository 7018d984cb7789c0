import RoadsteadMachines
import Synchronization
import Testing

@testable import RoadsteadGateway

@Suite("The watch over all queues")
struct MemoryWatchTests {
    /// What was told, in order.
    private final class Book: Sendable {
        private let changes = Mutex<[MemoryWatch.Change]>([])

        func note(_ change: MemoryWatch.Change) { changes.withLock { $0.append(change) } }

        var all: [MemoryWatch.Change] { changes.withLock { $0 } }
    }

    private static func watch(limit: Int, loops: Int, at now: Instant) -> (watch: MemoryWatch, book: Book) {
        let (watch, book) = (MemoryWatch(limit: limit, loops: loops, at: now), Book())
        watch.observe { change, _ in book.note(change) }
        return (watch, book)
    }

    @Test("tells once that memory is short, and once that it is not any more")
    func pressure() {
        let now = ContinuousClock.now
        let (watch, book) = Self.watch(limit: 800, loops: 2, at: now)
        watch.changed(by: 800, at: now)
        #expect(!watch.isPressed && book.all.isEmpty)
        watch.changed(by: 1, at: now)
        watch.changed(by: 10, at: now)
        #expect(watch.isPressed && book.all == [.pressed] && watch.pressureCount == 1 && watch.queuedBytes == 811)
        watch.changed(by: -110, at: now)
        #expect(watch.isPressed)
        watch.changed(by: -1, at: now)
        #expect(!watch.isPressed && book.all == [.pressed, .relieved])
        watch.changed(by: 101, at: now)
        #expect(watch.pressureCount == 2 && book.all == [.pressed, .relieved, .pressed])
    }

    @Test("asks for cuts when none is under way and the last one has had its time")
    func overflow() {
        let now = ContinuousClock.now
        let (watch, book) = Self.watch(limit: 800, loops: 2, at: now)
        watch.changed(by: 1001, at: now)
        #expect(book.all == [.pressed, .overflowed(isFirst: true)])
        watch.changed(by: 1, at: now + .seconds(1))
        #expect(book.all.count == 2, "both loops are at it")
        watch.cutEnded()
        watch.changed(by: 1, at: now + .seconds(1))
        #expect(book.all.count == 2, "one loop is at it")
        watch.cutEnded()
        watch.changed(by: 1, at: now + .milliseconds(99))
        #expect(book.all.count == 2, "it is too soon")
        watch.changed(by: 1, at: now + .milliseconds(100))
        #expect(book.all.last == .overflowed(isFirst: false) && book.all.count == 3)
        watch.cutEnded()
        watch.cutEnded()
        watch.changed(by: -500, at: now + .seconds(1))
        watch.changed(by: 600, at: now + .seconds(2))
        #expect(book.all.suffix(3) == [.relieved, .pressed, .overflowed(isFirst: true)])
    }

    @Test("keeps the right sum however many loops change it at once")
    func concurrent() async {
        let now = ContinuousClock.now
        let (watch, book) = Self.watch(limit: 5000, loops: 4, at: now)
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<2000 {
                        watch.changed(by: 3000, at: now)
                        watch.changed(by: -3000, at: now)
                    }
                }
            }
        }
        #expect(watch.queuedBytes == 0 && !watch.isPressed)
        // However they met: short and not short took turns.
        let turns = book.all.filter { $0 == .pressed || $0 == .relieved }
        #expect(turns.count == 2 * watch.pressureCount)
    }
}
