import RoadsteadMachines
import Testing

@Suite("A pool")
struct PoolMachineTests {
    @Test("goes round its endpoints from where its loop begins", arguments: 0...6)
    func goesRound(_ offset: Int) {
        var pool = PoolMachine(endpoints: 3, balance: .roundRobin, maximum: 100, offset: offset)
        for lease in 1...30 {
            let endpoint = (offset + lease - 1) % 3
            #expect(pool.leaseRequested(UInt64(lease)) == .connect(lease: UInt64(lease), endpoint: endpoint))
        }
        #expect(pool.connections == [10, 10, 10])
    }

    @Test("goes round even if sessions leave unevenly")
    func goesRoundRegardless() {
        var pool = PoolMachine(endpoints: 2, balance: .roundRobin, maximum: 100, offset: 0)
        for lease in stride(from: UInt64(1), to: 20, by: 2) {
            #expect(pool.leaseRequested(lease) == .connect(lease: lease, endpoint: 0))
            #expect(pool.leaseRequested(lease + 1) == .connect(lease: lease + 1, endpoint: 1))
            pool.released(lease)
        }
        #expect(pool.connections == [0, 10])
    }

    @Test("with least sessions fills up the emptiest endpoint, and goes round where they are equal")
    func fillsUp() {
        var pool = PoolMachine(endpoints: 3, balance: .leastSessions, maximum: 100, offset: 1)
        for (lease, endpoint) in [(1, 1), (2, 2), (3, 0), (4, 1), (5, 2), (6, 0)] {
            #expect(pool.leaseRequested(UInt64(lease)) == .connect(lease: UInt64(lease), endpoint: endpoint))
        }
        pool.released(2)
        pool.released(5)
        for lease in [7, 8] as [UInt64] { #expect(pool.leaseRequested(lease) == .connect(lease: lease, endpoint: 2)) }
        #expect(pool.connections == [2, 2, 2])
    }

    @Test("refuses above its maximum, and serves again when one was released", arguments: [1, 2, 5])
    func bounds(_ maximum: Int) {
        var pool = PoolMachine(endpoints: 2, balance: .leastSessions, maximum: maximum, offset: 0)
        for lease in 1..<UInt64(maximum + 1) {
            guard case .connect = pool.leaseRequested(lease) else {
                Issue.record("lease \(lease) of \(maximum) was refused")
                return
            }
        }
        #expect(pool.leaseCount == maximum)
        #expect(pool.leaseRequested(100) == .refuse(lease: 100, .noCapacity))
        #expect(pool.leaseCount == maximum)
        pool.released(100)
        #expect(pool.leaseCount == maximum)
        pool.attached(1)
        pool.released(1)
        guard case .connect(101, _) = pool.leaseRequested(101) else {
            Issue.record("nothing was free after a release")
            return
        }
    }

    @Test("without room for anybody refuses everybody")
    func hasNoRoom() {
        var pool = PoolMachine(endpoints: 1, balance: .roundRobin, maximum: 0, offset: 0)
        #expect(pool.leaseRequested(1) == .refuse(lease: 1, .noCapacity))
        #expect(pool.connections == [0])
    }

    @Test("tries each endpoint once, and refuses with the last failure", arguments: [PoolMachine.Balance.roundRobin, .leastSessions])
    func triesAll(_ balance: PoolMachine.Balance) {
        var pool = PoolMachine(endpoints: 3, balance: balance, maximum: 10, offset: 2)
        #expect(pool.leaseRequested(1) == .connect(lease: 1, endpoint: 2))
        #expect(pool.attemptFailed(1, .tooSlow) == .connect(lease: 1, endpoint: 0))
        #expect(pool.attemptFailed(1, .declined(status: 503)) == .connect(lease: 1, endpoint: 1))
        #expect(pool.connections == [0, 1, 0])
        #expect(pool.attemptFailed(1, .unreachable("refused")) == .refuse(lease: 1, .unreachable("refused")))
        #expect(pool.connections == [0, 0, 0])
        #expect(pool.leaseCount == 0)
        #expect(pool.attemptFailed(1, .tooSlow) == nil)
    }

    @Test("asks no other endpoint when the application itself said no")
    func believesTheApplication() {
        var pool = PoolMachine(endpoints: 3, balance: .roundRobin, maximum: 10, offset: 0)
        _ = pool.leaseRequested(1)
        #expect(pool.attemptFailed(1, .declined(status: 403)) == .refuse(lease: 1, .declined(status: 403)))
        #expect(pool.leaseCount == 0)
    }

    @Test("forgets a lease that is released while it connects")
    func forgets() {
        var pool = PoolMachine(endpoints: 2, balance: .roundRobin, maximum: 10, offset: 0)
        _ = pool.leaseRequested(1)
        pool.released(1)
        pool.released(1)
        pool.attached(1)
        #expect(pool.attemptFailed(1, .tooSlow) == nil)
        #expect(pool.connections == [0, 0])
        #expect(pool.leaseCount == 0)
    }

    @Test("takes the failure of an attempt that is attached for nothing")
    func keepsAttached() {
        var pool = PoolMachine(endpoints: 2, balance: .roundRobin, maximum: 10, offset: 0)
        _ = pool.leaseRequested(1)
        pool.attached(1)
        pool.attached(1)
        #expect(pool.attemptFailed(1, .tooSlow) == nil)
        #expect(pool.connections == [1, 0])
        pool.released(1)
        #expect(pool.connections == [0, 0])
    }

    @Test("stops the process when a lease is requested twice")
    func leasesOnce() async {
        await #expect(processExitsWith: .failure) {
            var pool = PoolMachine(endpoints: 1, balance: .roundRobin, maximum: 10, offset: 0)
            _ = pool.leaseRequested(1)
            _ = pool.leaseRequested(1)
        }
    }
}
