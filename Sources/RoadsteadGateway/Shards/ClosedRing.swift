/// The latest closed sessions, oldest overwritten first.
struct ClosedRing {
    private var entries: [SessionSnapshot] = []
    private var next = 0
    private let capacity: Int

    init(capacity: Int) { self.capacity = max(1, capacity) }

    mutating func append(_ entry: SessionSnapshot) {
        if entries.count < capacity {
            entries.append(entry)
        } else {
            entries[next] = entry
        }
        next = (next + 1) % capacity
    }

    /// All of them, in no promised order.
    var all: [SessionSnapshot] { entries }

    func first(_ id: SessionID) -> SessionSnapshot? { entries.first { $0.id == id } }
}
