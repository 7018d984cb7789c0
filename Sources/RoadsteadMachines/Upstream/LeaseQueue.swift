/// Leases in the order in which they asked. Those that went elsewhere meanwhile are passed over when they come up.
struct LeaseQueue: Sendable {
    private var entries: [UInt64] = []
    private var head = 0

    var count: Int { entries.count - head }

    subscript(position: Int) -> UInt64 { entries[head + position] }

    /// Adds a lease, at the end or before all others.
    mutating func insert(_ lease: UInt64, first: Bool) {
        guard first else { return entries.append(lease) }
        guard head > 0 else { return entries.insert(lease, at: 0) }
        head -= 1
        entries[head] = lease
    }

    mutating func remove(at position: Int) {
        guard position == 0 else {
            entries.remove(at: head + position)
            return
        }
        head += 1
        guard head > 64, head * 2 > entries.count else { return }
        entries.removeFirst(head)
        head = 0
    }
}
