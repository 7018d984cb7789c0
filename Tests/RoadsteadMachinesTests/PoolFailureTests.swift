import RoadsteadMachines
import TestSupport
import Testing

@Suite("A pool's failed attempts")
struct PoolFailureTests {
    @Test("are tried at each other endpoint once, and the client hears of the last failure")
    func triesAll() {
        var pool = PoolScene(3)
        #expect(pool.request(1) == [.connect(connection: 1, endpoint: 0)])
        #expect(
            pool.fail(1, .tooSlow, .httpTimeout)
                == [.report(endpoint: 0, .attemptFailed(.httpTimeout)), .connect(connection: 2, endpoint: 1)])
        #expect(
            pool.fail(2, .unreachable("no TLS"), .tlsFailed)
                == [.report(endpoint: 1, .attemptFailed(.tlsFailed)), .connect(connection: 3, endpoint: 2)])
        #expect(
            pool.fail(3, .declined(status: 503), .httpStatus)
                == [.report(endpoint: 2, .attemptFailed(.httpStatus)), .refuse(lease: 1, .declined(status: 503))])
        #expect(pool.machine.waitingCount == 0 && pool.machine.connectionCount == 0)
        #expect((0..<3).allSatisfy { pool.machine.attempts($0) == 0 && pool.machine.counts($0).total == 0 })
    }

    @Test("end at once when the application itself said no", arguments: [200, 302, 400, 401, 403, 404, 429, 499])
    func believesTheApplication(_ status: Int) {
        var pool = PoolScene(3)
        _ = pool.request(1)
        #expect(pool.fail(1, .declined(status: status), nil) == [.refuse(lease: 1, .declined(status: status))])
        #expect(pool.machine.status(0).admission == .open)
    }

    @Test("with a server error go on to the next endpoint", arguments: [500, 502, 503, 599])
    func asksAnother(_ status: Int) {
        var pool = PoolScene(2)
        _ = pool.request(1)
        #expect(
            pool.fail(1, .declined(status: status), .httpStatus)
                == [.report(endpoint: 0, .attemptFailed(.httpStatus)), .connect(connection: 2, endpoint: 1)])
    }

    @Test("at an endpoint that was never up refuse everybody at once, with what is known of it")
    func refusesAtOnce() {
        var pool = PoolScene(1, hasBeenUp: false)
        _ = pool.request(1)
        _ = pool.request(2)
        #expect(
            pool.fail(1) == [.report(endpoint: 0, .attemptFailed(.l4Refused)), .refuse(lease: 1, .unreachable("refused"))])
        #expect(pool.machine.attempts(0) == 1)
        #expect(
            pool.fail(2) == [.report(endpoint: 0, .attemptFailed(.l4Refused)), .refuse(lease: 2, .unreachable("refused"))])
        for (failure, refusal) in Self.known {
            _ = pool.tell(0, .down, .closed, hasBeenUp: false, lastFailure: failure)
            #expect(pool.request(3) == [.refuse(lease: 3, refusal)])
        }
    }

    static let known: [(CheckResult?, PoolRefusal)] = [
        (nil, .noHealthyUpstream), (.ok, .noHealthyUpstream), (.httpStatus, .noHealthyUpstream), (.l4Refused, .unreachable("l4_refused")),
        (.l4Failed, .unreachable("l4_failed")), (.unresolved, .unreachable("unresolved")), (.tlsFailed, .unreachable("tls_failed")),
        (.l4Timeout, .tooSlow), (.tlsTimeout, .tooSlow), (.httpTimeout, .tooSlow), (.httpInvalid, .noHealthyUpstream),
        (.wsNoPong, .noHealthyUpstream),
    ]

    @Test("at an endpoint that has been up let sessions wait for it, up to their time")
    func waitsForRestarts() {
        var pool = PoolScene(1)
        _ = pool.request(1)
        _ = pool.attach(1)
        #expect(pool.lose(1) == [.report(endpoint: 0, .connectionLost)])
        #expect(pool.request(2) == [])
        #expect(pool.request(3, waits: .seconds(1)) == [])
        #expect(pool.pass(.seconds(1)) == [.refuse(lease: 3, .noHealthyUpstream)])
        #expect(pool.tell(0) == [.connect(connection: 2, endpoint: 0)])
        #expect(pool.machine.established(2, at: start) == 2)
    }

    @Test("let a session that found nobody wait for a restart too, and tell it that nobody came")
    func waitsAfterTrying() {
        var pool = PoolScene(1)
        _ = pool.request(1)
        _ = pool.attach(1)
        #expect(pool.request(2).map(\.connection) == [2])
        #expect(pool.fail(2) == [.report(endpoint: 0, .attemptFailed(.l4Refused))])
        #expect(pool.machine.waitingCount == 1)
        #expect(pool.pass(.seconds(5)) == [.refuse(lease: 2, .noHealthyUpstream)])
    }

    @Test("by slowness, a server error or nonsense everywhere are not waited out")
    func doesNotWaitForTheSlow() {
        let failures: [(PoolRefusal, CheckResult)] = [
            (.tooSlow, .httpTimeout), (.declined(status: 500), .httpStatus), (.invalid("not HTTP"), .httpInvalid),
        ]
        for (failure, result) in failures {
            var pool = PoolScene(1)
            _ = pool.request(1)
            _ = pool.attach(1)
            _ = pool.request(2)
            #expect(pool.fail(2, failure, result) == [.report(endpoint: 0, .attemptFailed(result)), .refuse(lease: 2, failure)])
        }
    }

    @Test("by being dropped with the request sent go on to two more endpoints and rest then, and are no reason to refuse a new session")
    func restsTheDropped() {
        for isHeld in [false, true] {
            var pool = PoolScene(5)
            var actions = isHeld ? pool.hold(1) : pool.request(1, waits: .seconds(1000))
            for connection in 1...30 as ClosedRange<UInt64> {
                #expect(actions.compactMap(\.connection) == [connection])
                actions = pool.fail(connection, .dropped("x"), .httpInvalid)
                #expect(actions.contains(.report(endpoint: Int(connection - 1) % 5, .attemptFailed(.httpInvalid))))
                guard connection % 3 == 0 else { continue }
                #expect(actions.count == 1 && pool.machine.waitingCount == 1, "\(actions)")
                actions = pool.pass(.seconds(10))
            }
            #expect((0..<5).allSatisfy { pool.machine.status($0).admission == .open })
        }
    }

    @Test("rest a held session, and it is never refused, whatever fails")
    func restsTheHeld() {
        var pool = PoolScene(1)
        _ = pool.request(1)
        _ = pool.attach(1)
        #expect(pool.hold(2).map(\.connection) == [2])
        let failures: [(PoolRefusal, CheckResult?)] = [
            (.tooSlow, .httpTimeout), (.declined(status: 404), nil), (.declined(status: 500), .httpStatus),
            (.unreachable("x"), .httpInvalid),
        ]
        var connection: UInt64 = 2
        for attempt in 0..<40 {
            let (failure, result) = failures[attempt % 4]
            let actions = pool.fail(connection, failure, result).filter { !$0.isReport }
            #expect(actions == [] || actions.map(\.endpoint) == [0], "attempt \(attempt): \(actions)")
            #expect(pool.machine.waitingCount + pool.machine.attempts(0) == 1)
            let later = actions + pool.pass(.seconds(10))
            #expect(later.map(\.endpoint) == [0], "attempt \(attempt): \(later)")
            connection = later[0].connection ?? 0
        }
        #expect(pool.attach(connection) == [])
        #expect(pool.machine.waitingCount == 0)
    }

    @Test("rest longer and longer, never longer than the maximum, and not at all alike")
    func backsOff() {
        var rests: [Duration] = []
        for seed in 1...50 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(2))
            var bound = Duration.milliseconds(100)
            for attempt in 0..<64 {
                let wait = backoff.next(using: &generator)
                #expect(wait >= .zero && wait <= min(bound, .seconds(2)), "attempt \(attempt)")
                bound = min(bound * 2, .seconds(4))
                rests.append(wait)
            }
            backoff.reset()
            #expect(backoff.next(using: &generator) <= .milliseconds(100))
        }
        #expect(Set(rests).count > 3000 && rests.max() ?? .zero > .milliseconds(1900))
    }

    @Test("of a session that is held begin no sooner than it may")
    func holdsBack() {
        var pool = PoolScene(1)
        #expect(pool.hold(1, after: .milliseconds(300)) == [])
        #expect(pool.machine.deadline == at(.milliseconds(300)) && pool.machine.waitingCount == 1)
        #expect(pool.pass(.milliseconds(300) - moment) == [])
        #expect(pool.pass(moment).map(\.connection) == [1])
    }

    @Test("with a stale warm connection are repeated on a fresh one, before everybody else, and blame nobody")
    func replacesStale() {
        var pool = PoolScene(1, maximum: 2, warm: 2)
        #expect(pool.settle().map(\.connection) == [1, 2])
        #expect(pool.warmUp(1) == [])
        #expect(pool.warmUp(2) == [])
        #expect(pool.request(1) == [.upgrade(connection: 2, lease: 1)])
        #expect(pool.request(2) == [.upgrade(connection: 1, lease: 2)])
        #expect(pool.request(3) == [])
        // Not at its end, and not with another warm one, which would be as stale.
        #expect(pool.stale(2) == [.connect(connection: 3, endpoint: 0)])
        #expect(pool.machine.status(0).admission == .open && pool.machine.attempts(0) == 2)
        #expect(pool.machine.established(3, at: start) == 1)
        #expect(pool.attach(3) == [])
    }

    @Test("are counted against an endpoint that could be reached without closing it, and close one that could not")
    func closes() {
        for result in CheckResult.allCases {
            var pool = PoolScene(2)
            _ = pool.request(1)
            _ = pool.fail(1, .unreachable("x"), result)
            #expect((pool.machine.status(0).admission == .open) == result.isReachable, "\(result)")
        }
    }

    @Test("for want of a descriptor go on to the next endpoint, blame none, and are refused when there is none", arguments: [false, true])
    func couldNotBegin(_ isOnTrial: Bool) {
        var pool = PoolScene(2)
        if isOnTrial { for endpoint in 0..<2 { _ = pool.tell(endpoint, .up, .trial, isTroubled: true) } }
        let admission: EndpointStatus.Admission = isOnTrial ? .trial : .open
        #expect(pool.request(1) == [.connect(connection: 1, endpoint: 0)])
        #expect(pool.couldNotBegin(1) == [.connect(connection: 2, endpoint: 1)])
        #expect(pool.couldNotBegin(2) == [.refuse(lease: 1, .noCapacity)])
        #expect(pool.machine.waitingCount == 0 && pool.machine.connectionCount == 0)
        for endpoint in 0..<2 {
            #expect(pool.machine.status(endpoint).admission == admission)
            #expect(pool.machine.attempts(endpoint) == 0 && pool.machine.counts(endpoint).total == 0)
        }
        // The next one is not told of the shortage before it was tried again.
        #expect(pool.request(2).count == 1)
    }

    @Test("for want of a descriptor rest a held session, which is never refused")
    func couldNotBeginHeld() {
        var pool = PoolScene(1)
        var connection: UInt64 = 1
        #expect(pool.hold(1) == [.connect(connection: 1, endpoint: 0)])
        for _ in 0..<10 {
            #expect(pool.couldNotBegin(connection) == [])
            #expect(pool.machine.waitingCount == 1 && pool.machine.status(0).admission == .open)
            connection += 1
            #expect(pool.pass(.seconds(10)) == [.connect(connection: connection, endpoint: 0)])
        }
        #expect(pool.attach(connection) == [])
        #expect(pool.machine.waitingCount == 0)
    }
}
