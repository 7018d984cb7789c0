import RoadsteadMachines
import Testing

@Suite("A pool and the health of its endpoints")
struct PoolHealthTests {
    /// The states of three endpoints, and where a session goes.
    static let tiers: [([(EndpointState, EndpointStatus.Admission)], Int?)] = [
        ([(.up, .open), (.down, .open), (.draining, .open)], 0),
        ([(.down, .open), (.up, .trial), (.draining, .open)], 1),
        ([(.down, .open), (.ejected, .open), (.draining, .open)], 2),
        ([(.down, .open), (.ejected, .open), (.draining, .closed)], 1),
        ([(.down, .open), (.ejected, .closed), (.draining, .closed)], 0),
        ([(.down, .trial), (.ejected, .closed), (.up, .closed)], 0),
        ([(.up, .closed), (.draining, .trial), (.ejected, .open)], 1),
        ([(.down, .closed), (.ejected, .closed), (.draining, .closed)], nil),
        ([(.up, .closed), (.up, .closed), (.up, .closed)], nil),
    ]

    @Test("sends sessions to a healthy one, or to the least bad that can be reached, or to none", arguments: tiers)
    func choosesTheLeastBad(_ states: [(EndpointState, EndpointStatus.Admission)], _ endpoint: Int?) {
        for balance in [Balancer.Method.roundRobin, .leastSessions, .hash] {
            var pool = PoolScene(3, balance: balance)
            for (index, state) in states.enumerated() { _ = pool.tell(index, state.0, state.1) }
            let key: UInt64? = balance == .hash ? 77 : nil
            #expect(pool.request(1, key: key).map(\.endpoint) == (endpoint.map { [$0] } ?? []))
            #expect(pool.hold(2, key: key).map(\.endpoint) == (endpoint.map { [$0] } ?? []) || states[endpoint ?? 0].1 == .trial)
        }
    }

    @Test("does not fall back to a bad one because the healthy one has failed this session")
    func doesNotPanicEarly() {
        var pool = PoolScene(2)
        _ = pool.tell(1, .down)
        #expect(pool.request(1).map(\.endpoint) == [0])
        #expect(pool.fail(1, .declined(status: 500), .httpStatus).last == .refuse(lease: 1, .declined(status: 500)))
    }

    @Test("admits one session at a time to an endpoint on trial, until the process opens it")
    func tries() {
        var pool = PoolScene(1)
        _ = pool.tell(0, .up, .trial, isTroubled: true)
        #expect(pool.request(1).map(\.connection) == [1])
        #expect(pool.request(2) == [] && pool.request(3) == [])
        #expect(pool.attach(1) == [.report(endpoint: 0, .attemptSucceeded), .connect(connection: 2, endpoint: 0)])
        #expect(pool.tell(0) == [.connect(connection: 3, endpoint: 0)])
    }

    @Test("tells of the first success, and then only as long as failures are being counted")
    func reportsSuccess() {
        var pool = PoolScene(1, hasBeenUp: false)
        _ = pool.request(1)
        #expect(pool.attach(1) == [.report(endpoint: 0, .attemptSucceeded)])
        _ = pool.request(3)
        #expect(pool.attach(2) == [])
        _ = pool.tell(0, isTroubled: true)
        _ = pool.request(2)
        #expect(pool.attach(3) == [.report(endpoint: 0, .attemptSucceeded)])
    }

    @Test("tells once of a burst of losses, and again after the process has spoken")
    func reportsLosses() {
        var pool = PoolScene(2, balance: .leastSessions)
        for lease in 1...20 as ClosedRange<UInt64> {
            _ = pool.request(lease)
            _ = pool.attach(lease)
        }
        var lost = (1...20).filter { _ in true }.map(UInt64.init)
        func lose(_ pool: inout PoolScene, _ count: Int) -> [PoolMachine.Action] {
            var actions: [PoolMachine.Action] = []
            // Every second one is on the first endpoint.
            for connection in lost.filter({ $0 % 2 == 1 }).prefix(count) {
                actions += pool.lose(connection)
                lost.removeAll { $0 == connection }
            }
            return actions
        }
        #expect(lose(&pool, 5) == [.report(endpoint: 0, .connectionLost)])
        #expect(pool.machine.status(0).admission == .closed && pool.machine.status(1).admission == .open)
        #expect(pool.machine.counts(0).leased == 5 && pool.machine.counts(1).leased == 10)
        _ = pool.tell(0)
        #expect(lose(&pool, 5) == [.report(endpoint: 0, .connectionLost)])
        #expect(pool.machine.counts(0).leased == 0)
    }

    @Test("lets a warm connection that cannot be made close its endpoint and be reported once")
    func suspectsByWarming() {
        var pool = PoolScene(1, warm: 4)
        _ = pool.tell(0)
        #expect(pool.machine.counts(0).connecting == 4)
        var actions: [PoolMachine.Action] = []
        for connection in 1...4 as ClosedRange<UInt64> { actions += pool.fail(connection) }
        #expect(actions == [.report(endpoint: 0, .connectionLost)])
        #expect(pool.machine.counts(0).connecting == 0 && pool.machine.counts(0).backingOff == 4)
        #expect(pool.pass(.seconds(100)) == [])
    }

    @Test("remembers that an endpoint was up, whatever the process says later")
    func remembers() {
        var pool = PoolScene(1, hasBeenUp: false)
        #expect(!pool.machine.status(0).hasBeenUp)
        _ = pool.request(1)
        _ = pool.machine.established(1, at: start)
        #expect(pool.machine.status(0).hasBeenUp)
        _ = pool.tell(0, .down, .closed, hasBeenUp: false)
        #expect(pool.machine.status(0).hasBeenUp && pool.machine.status(0).state == .down)
    }

    // MARK: - Windows

    @Test("attempts 32 at once to begin with, and one more after each success, up to 1024")
    func startsSlowly() {
        var pool = PoolScene(1, maximum: 100_000)
        var attempts: [UInt64] = []
        for lease in 1...3000 as ClosedRange<UInt64> { attempts += pool.request(lease).compactMap(\.connection) }
        #expect(attempts.count == 32)
        var expected = 32
        while !attempts.isEmpty {
            let more = pool.attach(attempts.removeFirst())
            // The place of the one, and one more.
            attempts += more.compactMap(\.connection)
            expected = min(expected + 1, 1024)
            #expect(pool.machine.attempts(0) == min(expected, pool.machine.attempts(0) + pool.machine.waitingCount))
        }
        #expect(pool.machine.counts(0).leased == 3000)
    }

    @Test("attempts half as many at an endpoint that is too slow, but eight at least", arguments: [(1, 16), (2, 8), (3, 8), (30, 8)])
    func halves(_ slow: Int, _ window: Int) {
        var pool = PoolScene(2, maximum: 100_000)
        _ = pool.tell(1, .down, .closed)
        for lease in 1...UInt64(slow) {
            let connection = pool.request(lease).compactMap(\.connection)
            _ = pool.fail(connection[0], .tooSlow, .httpTimeout)
        }
        for lease in 100...200 as ClosedRange<UInt64> { _ = pool.request(lease) }
        #expect(pool.machine.attempts(0) == window)
        // Any other failure changes nothing.
        _ = pool.fail(UInt64(slow) + 1, .declined(status: 404), nil)
        #expect(pool.machine.attempts(0) == window)
    }

    // MARK: - Moving, and being moved

    @Test("sends a session that comes from an endpoint to another one if there is a healthy one, and else back")
    func avoids() {
        var pool = PoolScene(2)
        for lease in 1...4 as ClosedRange<UInt64> { #expect(pool.hold(lease, avoiding: 0).map(\.endpoint) == [1]) }
        _ = pool.tell(1, .ejected)
        #expect(pool.hold(5, avoiding: 0).map(\.endpoint) == [0])
        _ = pool.tell(0, .down)
        // All are out: the least bad.
        #expect(pool.hold(6, avoiding: 1).map(\.endpoint) == [1])
    }

    @Test("moves a session to a healthy endpoint at once or not at all")
    func moves() {
        var pool = PoolScene(2)
        #expect(pool.move(1, from: 0).map(\.endpoint) == [1])
        #expect(pool.attach(1) == [])
        for (state, admission) in [
            (EndpointState.down, EndpointStatus.Admission.open), (.ejected, .open), (.draining, .open), (.up, .closed),
        ] {
            _ = pool.tell(1, state, admission)
            #expect(pool.move(2, from: 0) == [.refuse(lease: 2, .noHealthyUpstream)])
        }
        _ = pool.tell(1)
        #expect(pool.move(3, from: 0).map(\.endpoint) == [1])
        #expect(pool.fail(2, .declined(status: 500), .httpStatus).last == .refuse(lease: 3, .declined(status: 500)))
    }

    @Test("refuses to move a session to an endpoint that has no room at the moment")
    func movesNotIntoTheQueue() {
        var pool = PoolScene(2)
        _ = pool.tell(1, .up, .trial)
        #expect(pool.move(1, from: 0).map(\.endpoint) == [1])
        #expect(pool.move(2, from: 0) == [.refuse(lease: 2, .noCapacity)])
    }

    @Test("refuses to move a session when it is full, whoever else waits", arguments: [0, 1, 100])
    func movesNotWhenFull(_ waiting: Int) {
        var pool = PoolScene(2, maximum: 1)
        _ = pool.request(1)
        _ = pool.attach(1)
        for lease in 0..<UInt64(waiting) { #expect(pool.request(100 + lease) == []) }
        #expect(pool.move(2, from: 0) == [.refuse(lease: 2, .noCapacity)])
        #expect(pool.machine.waitingCount == waiting)
    }

    // MARK: - Keys

    @Test("lets a session wait for the endpoint that its key belongs to, and serves others behind it meanwhile")
    func waitsForItsEndpoint() {
        var pool = PoolScene(2, balance: .hash)
        let (first, second) = (Self.key(belongingTo: 0), Self.key(belongingTo: 1))
        _ = pool.tell(0, .up, .trial)
        #expect(pool.request(1, key: first).map(\.endpoint) == [0])
        #expect(pool.request(2, key: first) == [])
        #expect(pool.request(3, key: second).map(\.endpoint) == [1])
        #expect(pool.attach(1).map(\.endpoint) == [nil, 0])
        #expect(pool.machine.home(of: first) == 0)
        // Out is out: the key goes to the next one, and nobody waits.
        _ = pool.tell(0, .down, .closed)
        #expect(pool.machine.home(of: first) == 1)
        #expect(pool.request(4, key: first).map(\.endpoint) == [1])
    }

    @Test("without a hash has no home for any key")
    func hasNoHome() {
        #expect(PoolScene(2, balance: .leastSessions).machine.home(of: 1) == nil)
    }

    private static func key(belongingTo endpoint: Int) -> UInt64 {
        let pool = PoolScene(2, balance: .hash).machine
        for key in 0...1000 as ClosedRange<UInt64> where pool.home(of: Balancer.key("\(key)".utf8)) == endpoint {
            return Balancer.key("\(key)".utf8)
        }
        preconditionFailure("Of a thousand keys none belongs to endpoint \(endpoint).")
    }
}
