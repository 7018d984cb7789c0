import Synchronization

/// What happened on a loop, in order: recorded there, looked at or awaited by the test.
final class Events<Event: Sendable>: Sendable {
    private struct State {
        var recorded: [Event] = []
        var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())
    /// Shows the lock's order to the thread sanitizer, which does not see a Mutex's slow path.
    private let order = Atomic(false)

    private func withState<Result: Sendable>(_ body: (inout sending State) -> sending Result) -> Result {
        state.withLock { state in
            _ = order.load(ordering: .acquiring)
            defer { order.store(true, ordering: .releasing) }
            return body(&state)
        }
    }

    /// Records one event.
    func record(_ event: Event) {
        let reached = withState { state in
            state.recorded.append(event)
            let reached = state.waiting.filter { $0.count <= state.recorded.count }
            state.waiting.removeAll { $0.count <= state.recorded.count }
            return reached
        }
        for waiter in reached { waiter.continuation.resume() }
    }

    /// All events so far.
    var all: [Event] { withState { $0.recorded } }

    /// Waits until there are `count` events, and returns all there are.
    func first(_ count: Int) async -> [Event] {
        await withCheckedContinuation { continuation in
            let isThere = withState { state in
                if state.recorded.count >= count { return true }
                state.waiting.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
        return all
    }
}
