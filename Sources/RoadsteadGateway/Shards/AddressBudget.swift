import RoadsteadLoop
import Synchronization

/// How many sessions each client address has in all loops together, against `limits.sessions_per_address`.
///
/// An address stands for itself in IPv4 and for its /64 in IPv6, of which one client usually has all. An entry lives as long as its
/// address has a connection, so `limits.sessions` and the opening allowance bound them. The entries are spread over several locks, since
/// every loop asks.
final class AddressBudget: Sendable {
    /// What sessions are counted by.
    struct Key: Hashable, Sendable {
        private let isIPv6: Bool
        private let prefix: UInt64

        /// nil for a peer without an IP address, which is not counted.
        init?(_ address: SocketAddress) {
            let bytes = address.ipBytes
            guard !bytes.isEmpty else { return nil }
            isIPv6 = bytes.count == 16
            prefix = bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    private struct Count {
        var connections = 0
        var sessions = 0
    }

    private final class Part: Sendable {
        let counts = Mutex<[Key: Count]>([:])
    }

    /// Connections of one address that may be opening beyond its sessions, so that slow ones do not take the room of all.
    static let openingAllowance = 64
    private static let partCount = 16

    private let limit: Int
    private let parts: [Part]

    /// 0 is no limit.
    init(limit: Int) {
        self.limit = limit
        parts = (0..<(limit > 0 ? Self.partCount : 0)).map { _ in Part() }
    }

    /// Whether there is anything to count.
    var isLimited: Bool { limit > 0 }

    /// A connection came. False: close it.
    func connect(_ key: Key) -> Bool {
        part(key).counts.withLock { counts in
            guard counts[key, default: Count()].connections < limit + Self.openingAllowance else { return false }
            counts[key, default: Count()].connections += 1
            return true
        }
    }

    /// It is gone.
    func disconnect(_ key: Key) { change(key) { $0.connections -= 1 } }

    /// Takes a seat for a session, if the address has one left.
    func takeSeat(_ key: Key) -> Bool {
        part(key).counts.withLock { counts in
            guard counts[key, default: Count()].sessions < limit else { return false }
            counts[key, default: Count()].sessions += 1
            return true
        }
    }

    /// Its session is over.
    func leave(_ key: Key) { change(key) { $0.sessions -= 1 } }

    /// Addresses that are counted at the moment.
    var count: Int { parts.reduce(0) { $0 + $1.counts.withLock(\.count) } }

    private func change(_ key: Key, _ body: (inout Count) -> Void) {
        part(key).counts.withLock { counts in
            guard var count = counts[key] else { preconditionFailure("An address leaves as often as it came.") }
            body(&count)
            counts[key] = count.connections == 0 && count.sessions == 0 ? nil : count
        }
    }

    private func part(_ key: Key) -> Part { parts[Int(UInt(bitPattern: key.hashValue) % UInt(Self.partCount))] }
}
