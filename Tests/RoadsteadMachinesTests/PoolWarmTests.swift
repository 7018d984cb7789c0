import RoadsteadMachines
import Testing

@Suite("A pool's warm connections")
struct PoolWarmTests {
    @Test("are made one at a time until the endpoint has answered, then four at a time, up to their number")
    func warmsUp() {
        var pool = PoolScene(1, warm: 6, hasBeenUp: false)
        #expect(pool.settle() == [.connect(connection: 1, endpoint: 0)])
        #expect(pool.warmUp(1).map(\.connection) == [2, 3, 4, 5])
        #expect(pool.warmUp(3).map(\.connection) == [6])
        #expect(pool.warmUp(2) == [])
        for connection in [4, 5, 6] as [UInt64] { #expect(pool.warmUp(connection) == []) }
        #expect(pool.machine.counts(0).warm == 6 && pool.machine.counts(0).total == 6 && pool.machine.counts(0).backingOff == 0)
    }

    @Test("are taken, the youngest first, and replaced")
    func areTaken() {
        var pool = Self.warm(2)
        #expect(pool.request(9) == [.upgrade(connection: 2, lease: 9), .connect(connection: 3, endpoint: 0)])
        #expect(pool.machine.counts(0).warm == 1 && pool.machine.counts(0).connecting == 2 && pool.machine.attempts(0) == 1)
        pool.machine.attached(2)
        #expect(pool.warmUp(3) == [])
        #expect(pool.machine.counts(0).warm == 2 && pool.machine.counts(0).leased == 1)
        #expect(pool.request(10) == [.upgrade(connection: 3, lease: 10), .connect(connection: 4, endpoint: 0)])
    }

    @Test("of an endpoint are not taken for a session that another endpoint serves better")
    func areNotPreferred() {
        var pool = PoolScene(2, balance: .leastSessions, warm: 1)
        #expect(pool.settle().map(\.endpoint) == [0, 1])
        _ = pool.warmUp(1)
        #expect(pool.request(1).first == .upgrade(connection: 1, lease: 1))
        #expect(pool.request(2).map(\.endpoint).first == 1)
    }

    @Test("are replaced at once when they were old, and later and later when they end as soon as they are made")
    func areReplaced() {
        var pool = Self.warm(1)
        _ = pool.pass(.seconds(60))
        #expect(pool.warmEnded(1) == [.connect(connection: 2, endpoint: 0)])
        var connection: UInt64 = 2
        var made = 0
        for _ in 0..<30 {
            _ = pool.warmUp(connection)
            let before = pool.now
            let actions = pool.warmEnded(connection)
            let later = actions.isEmpty ? pool.pass(.seconds(10)) : actions
            guard let next = later.first?.connection else {
                Issue.record("a warm connection was not replaced within the longest wait")
                return
            }
            if actions.isEmpty { #expect(pool.machine.deadline > before) }
            connection = next
            made += 1
        }
        #expect(made == 30)
    }

    @Test("wait, and are shown as backing off, while their endpoint closes them at once")
    func backOff() {
        var pool = Self.warm(1)
        #expect(pool.warmEnded(1) == [])
        #expect(pool.machine.counts(0).backingOff == 1 && pool.machine.deadline > start)
        #expect(pool.machine.deadline <= start + .milliseconds(100))
        #expect(pool.pass(.milliseconds(100)).map(\.connection) == [2])
        #expect(pool.machine.counts(0).backingOff == 0)
    }

    @Test("make room for sessions when the pool is full")
    func makeRoom() {
        var pool = PoolScene(2, maximum: 3, warm: 1)
        _ = pool.settle()
        _ = pool.warmUp(1)
        _ = pool.warmUp(2)
        _ = pool.tell(1, .up, .closed)
        #expect(pool.request(1) == [.upgrade(connection: 1, lease: 1), .connect(connection: 3, endpoint: 0)])
        // The third is on its way to be warm, the second is warm elsewhere: it must go.
        #expect(pool.request(2) == [.retire(connection: 2), .connect(connection: 4, endpoint: 0)])
        #expect(pool.machine.connectionCount == 3)
        #expect(pool.request(3) == [])
    }

    @Test("are not made beyond the maximum")
    func leaveRoom() {
        var pool = PoolScene(2, maximum: 3, warm: 5)
        _ = pool.tell(0)
        _ = pool.tell(1)
        #expect(pool.machine.connectionCount == 3)
    }

    @Test("are retired when their endpoint is out, and made again when it is up", arguments: [EndpointState.down, .ejected, .draining])
    func areRetired(_ state: EndpointState) {
        var pool = Self.warm(3)
        #expect(pool.tell(0, state) == [.retire(connection: 1), .retire(connection: 2), .retire(connection: 3)])
        #expect(pool.machine.counts(0).total == 0 && pool.machine.counts(0).backingOff == 3)
        #expect(pool.pass(.seconds(600)) == [])
        #expect(pool.tell(0).map(\.connection) == [4, 5, 6])
    }

    @Test("that come up while their endpoint is out are retired at once")
    func areRetiredLate() {
        var pool = PoolScene(1, warm: 1)
        _ = pool.settle()
        _ = pool.tell(0, .draining)
        #expect(pool.warmUp(1) == [.retire(connection: 1)])
    }

    @Test("are not made at an endpoint that is closed, or that sessions fail on")
    func areNotMade() {
        for (admission, isTroubled) in [(EndpointStatus.Admission.closed, false), (.closed, true), (.trial, true)] {
            var pool = PoolScene(1, warm: 2)
            #expect(pool.tell(0, .up, admission, isTroubled: isTroubled) == [])
            #expect(pool.tell(0, .up, .open).count == 2)
        }
        var pool = PoolScene(1, warm: 2)
        #expect(pool.tell(0, .up, .trial).count == 2)
    }

    @Test("are all retired when the gateway goes down, and sessions are still served")
    func areClosed() {
        var pool = Self.warm(2)
        #expect(pool.close() == [.retire(connection: 1), .retire(connection: 2)])
        #expect(pool.request(1) == [.connect(connection: 3, endpoint: 0)])
        #expect(pool.attach(3) == [])
        #expect(pool.machine.counts(0).backingOff == 0)
        #expect(pool.pass(.seconds(600)) == [])
    }

    @Test("that have gone to a session and come back stale are not taken for another one of its tries")
    func areStale() {
        var pool = Self.warm(2)
        #expect(pool.request(1).first == .upgrade(connection: 2, lease: 1))
        #expect(pool.stale(2).first { !$0.isReport }?.endpoint == 0)
        #expect(pool.machine.counts(0).warm == 1)
    }

    @Test("that cannot be made for want of a descriptor are made later and later, and blame nobody")
    func couldNotBegin() {
        var pool = PoolScene(1, warm: 2)
        #expect(pool.settle() == [.connect(connection: 1, endpoint: 0), .connect(connection: 2, endpoint: 0)])
        #expect(pool.couldNotBegin(1) == [])
        #expect(pool.machine.status(0).admission == .open && pool.machine.connectionCount == 1)
        #expect(pool.machine.counts(0).connecting == 1 && pool.machine.counts(0).backingOff == 1)
        #expect(pool.machine.deadline > pool.now && pool.machine.deadline <= at(.milliseconds(100)))
        #expect(pool.pass(.milliseconds(100)) == [.connect(connection: 3, endpoint: 0)])
        var longest = Duration.zero
        for connection in 3...40 as ClosedRange<UInt64> {
            #expect(pool.couldNotBegin(connection) == [])
            longest = max(longest, pool.now.duration(to: pool.machine.deadline))
            #expect(pool.pass(.seconds(10)) == [.connect(connection: connection + 1, endpoint: 0)])
        }
        #expect(longest > .seconds(2))
        // Sessions need not wait for that.
        #expect(pool.couldNotBegin(41) == [])
        #expect(pool.request(1) == [.connect(connection: 42, endpoint: 0)])
    }

    /// A pool of one endpoint with so many warm connections, numbered from one.
    private static func warm(_ count: Int) -> PoolScene {
        var pool = PoolScene(1, warm: count)
        var made = pool.tell(0).compactMap(\.connection)
        while !made.isEmpty { made += pool.warmUp(made.removeFirst()).compactMap(\.connection) }
        return pool
    }
}
