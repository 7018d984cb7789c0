import Synchronization
import Testing

@testable import RoadsteadGateway

@Suite("Reloads")
struct ReloadQueueTests {
    @Test("run one at a time, and those that wait share the next")
    func sharing() async {
        let (queue, gate) = (ReloadQueue(), Gate())
        let begun = Counter()
        let first = Task {
            await queue.run {
                _ = begun.add(1)
                await gate.pass()
                return .unavailable("first")
            }
        }
        while begun.value == 0 { await Task.yield() }
        let others = (0..<10).map { number in
            Task {
                await queue.run {
                    _ = begun.add(1)
                    return .taken(generation: number, pendingRestart: [])
                }
            }
        }
        // They have asked when the queue has nothing else to do.
        for _ in 0..<1000 { await Task.yield() }
        #expect(begun.value == 1)
        await gate.open()
        #expect(await first.value == .unavailable("first"))
        var outcomes: Set<String> = []
        for other in others { outcomes.insert("\(await other.value)") }
        #expect(outcomes.count == 1 && begun.value == 2)
    }

    @Test("that come one after the other each run")
    func sequence() async {
        let queue = ReloadQueue()
        let begun = Counter()
        for number in 1...5 {
            let outcome = await queue.run { .taken(generation: begun.add(1), pendingRestart: []) }
            #expect(outcome == .taken(generation: number, pendingRestart: []))
        }
    }

    @Test("of many tasks at once never overlap")
    func overlap() async {
        let queue = ReloadQueue()
        let running = Counter()
        let most = Counter()
        await withTaskGroup { group in
            for _ in 0..<200 {
                group.addTask {
                    _ = await queue.run {
                        most.rise(to: running.add(1))
                        await Task.yield()
                        _ = running.add(-1)
                        return .unavailable("")
                    }
                }
            }
        }
        #expect(most.value == 1)
    }
}

/// Holds whoever comes until it is opened.
private actor Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func pass() async {
        guard !isOpen else { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    func open() {
        isOpen = true
        for continuation in waiting { continuation.resume() }
        waiting = []
    }
}

/// A number that many tasks change.
private final class Counter: Sendable {
    private let number = Atomic(0)

    var value: Int { number.load(ordering: .relaxed) }

    func add(_ amount: Int) -> Int { number.add(amount, ordering: .relaxed).newValue }

    func rise(to value: Int) { number.max(value, ordering: .relaxed) }
}
