/// When leases are to be looked at again: the earliest first, and who asked earlier before who asked later (a binary heap). What is
/// over meanwhile stays until it comes up.
struct LeaseAlarms: Sendable {
    private struct Alarm: Sendable {
        let at: Instant
        let lease: UInt64

        static func < (one: Alarm, other: Alarm) -> Bool { (one.at, one.lease) < (other.at, other.lease) }
    }

    private var heap: [Alarm] = []

    /// The lease whose time comes first, and that time.
    var first: (at: Instant, lease: UInt64)? { heap.first.map { ($0.at, $0.lease) } }

    mutating func add(_ lease: UInt64, at time: Instant) {
        heap.append(Alarm(at: time, lease: lease))
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() {
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child] < heap[least] { least = child }
            guard least != parent else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
