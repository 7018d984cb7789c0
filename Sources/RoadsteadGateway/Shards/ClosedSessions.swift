/// The latest closed sessions, oldest overwritten first. Those that never opened have places of their own, a tenth as many, so that who knocks
/// and runs away does not make operators forget the others.
struct ClosedSessions {
    private var opened: ClosedRing
    private var turnedAway: ClosedRing

    init(capacity: Int) {
        opened = ClosedRing(capacity: capacity)
        turnedAway = ClosedRing(capacity: capacity / 10)
    }

    mutating func append(_ entry: SessionSnapshot) {
        switch entry.close?.stage {
        case .handshaking, .upgrading, .attaching: turnedAway.append(entry)
        case .open, .detached, .closing, .closed, nil: opened.append(entry)
        }
    }

    /// All of them, in no promised order.
    var all: [SessionSnapshot] { opened.all + turnedAway.all }

    func first(_ id: SessionID) -> SessionSnapshot? { opened.first(id) ?? turnedAway.first(id) }
}

/// The latest of something, oldest overwritten first.
private struct ClosedRing {
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
