import RoadsteadMachines
import Testing

@Suite("A pool")
struct PoolMachineTests {
    @Test("makes a connection for a lease, asks for its upgrade, and forgets the lease when it is attached")
    func serves() {
        var pool = PoolScene(1)
        #expect(pool.request(7) == [.connect(connection: 1, endpoint: 0)])
        #expect(pool.machine.counts(0).connecting == 1 && pool.machine.attempts(0) == 1 && pool.machine.waitingCount == 0)
        #expect(pool.machine.established(1, at: start) == 7)
        #expect(pool.machine.counts(0).connecting == 1 && pool.machine.attempts(0) == 1)
        #expect(pool.attach(1) == [])
        #expect(pool.machine.counts(0).leased == 1 && pool.machine.attempts(0) == 0 && pool.machine.waitingCount == 0)
        pool.machine.closing(1)
        #expect(pool.machine.counts(0).closing == 1 && pool.machine.counts(0).leased == 0)
        #expect(pool.release(1) == [])
        #expect(pool.machine.counts(0) == ConnectionCounts() && pool.machine.connectionCount == 0)
        #expect(pool.machine.deadline == at(.seconds(5)) || pool.machine.deadline == .never)
    }

    @Test("above its maximum lets sessions wait, first come first served", arguments: [1, 2, 5])
    func bounds(_ maximum: Int) {
        var pool = PoolScene(2, balance: .leastSessions, maximum: maximum)
        for lease in 1...UInt64(maximum) {
            #expect(pool.request(lease).map(\.connection) == [lease], "lease \(lease) of \(maximum)")
            #expect(pool.attach(lease) == [])
        }
        let waiting = UInt64(100)..<105
        for lease in waiting { #expect(pool.request(lease) == []) }
        #expect(pool.machine.connectionCount == maximum && pool.machine.waitingCount == 5)
        var next = UInt64(maximum) + 1
        for lease in waiting {
            #expect(pool.release(next - UInt64(maximum)).map(\.connection) == [next])
            #expect(pool.machine.established(next, at: start) == lease)
            #expect(pool.attach(next) == [])
            next += 1
        }
        #expect(pool.machine.connectionCount == maximum && pool.machine.waitingCount == 0)
    }

    @Test("counts connections of every kind against its maximum, even those that close")
    func countsAll() {
        var pool = PoolScene(1, maximum: 2)
        _ = pool.request(1)
        _ = pool.attach(1)
        pool.machine.closing(1)
        #expect(pool.request(2).map(\.connection) == [2])
        #expect(pool.request(3) == [])
        #expect(pool.release(1).map(\.connection) == [3])
    }

    @Test("refuses who has waited for too long, in the order in which they asked, and says why")
    func timesOut() {
        var pool = PoolScene(1, maximum: 1)
        _ = pool.request(1)
        _ = pool.attach(1)
        #expect(pool.request(2, waits: .seconds(5)) == [])
        #expect(pool.request(3, waits: .seconds(3)) == [])
        #expect(pool.machine.deadline == at(.seconds(3)))
        #expect(pool.pass(.seconds(3) - moment) == [])
        #expect(pool.pass(moment) == [.refuse(lease: 3, .noCapacity)])
        #expect(pool.machine.deadline == at(.seconds(5)))
        #expect(pool.pass(.seconds(2)) == [.refuse(lease: 2, .noCapacity)])
        #expect(pool.machine.waitingCount == 0 && pool.machine.deadline == .never)
        #expect(pool.release(1) == [])
    }

    @Test("with a queue timeout of zero serves who can be served at once, and refuses all others at once")
    func waitsForNothing() {
        var pool = PoolScene(1, maximum: 1)
        #expect(pool.request(1, waits: .zero).map(\.connection) == [1])
        #expect(pool.request(2, waits: .zero) == [.refuse(lease: 2, .noCapacity)])
        #expect(pool.pass(.seconds(10)) == [])
        #expect(pool.attach(1) == [])
        #expect(pool.request(3, waits: .zero) == [.refuse(lease: 3, .noCapacity)])
    }

    @Test("does not refuse who is being served when its time is over")
    func servesTheLate() {
        var pool = PoolScene(1, maximum: 1)
        _ = pool.request(1, waits: .seconds(1))
        #expect(pool.pass(.seconds(60)) == [])
        #expect(pool.attach(1) == [])
    }

    @Test("serves who has waited to the very moment at which a connection becomes free")
    func servesAtTheLastMoment() {
        var pool = PoolScene(1, maximum: 1)
        _ = pool.request(1)
        _ = pool.attach(1)
        _ = pool.request(2, waits: .seconds(5))
        pool.now = at(.seconds(5))
        #expect(pool.release(1).map(\.connection) == [2])
    }

    @Test("drops the connection of a lease that is abandoned while it is attempted, and only that")
    func abandons() {
        var pool = PoolScene(1, maximum: 1)
        _ = pool.request(1)
        _ = pool.request(2)
        _ = pool.request(3)
        #expect(pool.machine.leaseAbandoned(2) == nil)
        #expect(pool.settle() == [])
        #expect(pool.machine.leaseAbandoned(1) == 1)
        #expect(pool.machine.leaseAbandoned(1) == nil)
        #expect(pool.settle() == [.connect(connection: 2, endpoint: 0)])
        #expect(pool.machine.established(2, at: start) == 3)
        #expect(pool.machine.leaseAbandoned(3) == 2)
        #expect(pool.settle() == [])
        #expect(pool.machine.counts(0) == ConnectionCounts() && pool.machine.attempts(0) == 0 && pool.machine.waitingCount == 0)
        #expect(pool.pass(.seconds(60)) == [])
    }

    @Test("takes late, doubled and made-up inputs for nothing")
    func ignores() {
        var pool = PoolScene(2, maximum: 10, warm: 0)
        _ = pool.request(1)
        _ = pool.attach(1)
        let before = pool.machine.counts(0)
        for connection in [1, 99] as [UInt64] {
            #expect(pool.machine.established(connection, at: start) == nil)
            pool.machine.attached(connection)
            #expect(pool.fail(connection) == [])
            #expect(pool.stale(connection) == [])
            #expect(pool.warmEnded(connection) == [])
        }
        #expect(pool.lose(99) == [] && pool.release(99) == [])
        pool.machine.closing(99)
        #expect(pool.machine.leaseAbandoned(1) == nil && pool.machine.leaseAbandoned(99) == nil)
        #expect(pool.machine.counts(0) == before && pool.machine.counts(1) == ConnectionCounts())
        pool.machine.closing(1)
        pool.machine.closing(1)
        #expect(pool.lose(1) == [])
        #expect(pool.machine.counts(0).closing == 1)
        #expect(pool.release(1) == [] && pool.release(1) == [])
        #expect(pool.machine.counts(0) == ConnectionCounts())
    }

    @Test("keeps its books when a connection is dropped in the midst of an attempt", arguments: [false, true])
    func survivesDrops(_ isEstablished: Bool) {
        var pool = PoolScene(1, warm: 1)
        let actions = pool.request(1)
        guard let connection = actions.compactMap(\.connection).first else {
            Issue.record("no attempt: \(actions)")
            return
        }
        if isEstablished { _ = pool.machine.established(connection, at: start) }
        // Whoever wants it still gets another one.
        let again = pool.release(connection).compactMap(\.connection)
        #expect(pool.machine.attempts(0) == 1)
        let served = again.compactMap { pool.machine.established($0, at: start) }
        #expect(served == [1])
    }

    @Test("replaces a connection that was to be warm and was dropped instead")
    func replacesDropped() {
        var pool = PoolScene(1, warm: 1)
        #expect(pool.settle() == [.connect(connection: 1, endpoint: 0)])
        #expect(pool.release(1) == [.connect(connection: 2, endpoint: 0)])
        #expect(pool.machine.counts(0).connecting == 1)
    }

    @Test("stops the process when a lease is requested twice")
    func leasesOnce() async {
        await #expect(processExitsWith: .failure) {
            var pool = PoolScene(1)
            _ = pool.request(1)
            _ = pool.request(1)
        }
    }
}
