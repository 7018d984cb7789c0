import Synchronization

/// How many sessions there are in all loops together, against `limits.sessions`.
final class SessionBudget: Sendable {
    /// Connections in their handshakes that are tolerated beyond the seats; further ones are closed at once.
    static let openingAllowance = 2_000

    private let seats: Int
    private let taken = Atomic<Int>(0)
    private let accepted = Atomic<Int>(0)

    init(seats: Int) { self.seats = seats }

    /// A connection was accepted. False: close it, there are too many even to say no politely.
    func accept() -> Bool {
        guard accepted.add(1, ordering: .relaxed).newValue > seats + Self.openingAllowance else { return true }
        accepted.subtract(1, ordering: .relaxed)
        return false
    }

    /// Takes a seat for an open session, if one is free.
    func takeSeat() -> Bool {
        guard taken.add(1, ordering: .relaxed).newValue > seats else { return true }
        taken.subtract(1, ordering: .relaxed)
        return false
    }

    /// A session is over.
    func leave(hadSeat: Bool) {
        accepted.subtract(1, ordering: .relaxed)
        if hadSeat { taken.subtract(1, ordering: .relaxed) }
    }
}
