import RoadsteadMachines
import Testing

/// How a session's attempt ends, and whether the process hears that the endpoint serves.
struct AnswerRow: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let failure: PoolRefusal
    let result: CheckResult?
    let isAnswer: Bool

    init(_ testDescription: String, _ failure: PoolRefusal, _ result: CheckResult?, isAnswer: Bool) {
        self.testDescription = testDescription
        self.failure = failure
        self.result = result
        self.isAnswer = isAnswer
    }
}

@Suite("A pool's attempts at an endpoint on trial")
struct PoolTrialTests {
    static let answers: [AnswerRow] = [
        AnswerRow("200", .declined(status: 200), nil, isAnswer: true),
        AnswerRow("302", .declined(status: 302), nil, isAnswer: true),
        AnswerRow("403", .declined(status: 403), nil, isAnswer: true),
        AnswerRow("404", .declined(status: 404), nil, isAnswer: true),
        AnswerRow("499", .declined(status: 499), nil, isAnswer: true),
        AnswerRow("500", .declined(status: 500), .httpStatus, isAnswer: false),
        AnswerRow("another subprotocol", .unreachable("another subprotocol"), nil, isAnswer: false),
        AnswerRow("no descriptor", .noCapacity, nil, isAnswer: false),
        AnswerRow("nonsense", .invalid("not HTTP"), .httpInvalid, isAnswer: false),
        AnswerRow("a connection that was dropped", .dropped("reset by peer"), .httpInvalid, isAnswer: false),
        AnswerRow("silence", .tooSlow, .httpTimeout, isAnswer: false),
    ]

    @Test("that fail are followed by no other until the process has looked")
    func waitsForTheProcess() {
        for row in Self.answers {
            var pool = PoolScene(1)
            _ = pool.tell(0, .up, .trial, isTroubled: true)
            #expect(pool.request(1).map(\.connection) == [1])
            #expect(pool.request(2) == [])
            let next = pool.fail(1, row.failure, row.result).compactMap(\.connection)
            #expect(next == (row.result == nil ? [2] : []), "\(row.testDescription)")
        }
    }

    @Test("show that it serves by an application's own no as well", arguments: answers)
    func answer(_ row: AnswerRow) {
        let failed = row.result.map { [PoolMachine.Action.report(endpoint: 0, .attemptFailed($0))] } ?? []
        let answered = row.isAnswer ? [PoolMachine.Action.report(endpoint: 0, .attemptSucceeded)] : []
        let news: [(EndpointStatus.Admission, isTroubled: Bool, hasBeenUp: Bool, isNews: Bool)] = [
            (.trial, true, true, true), (.trial, false, true, true), (.open, true, true, true), (.open, false, false, true),
            (.open, false, true, false),
        ]
        for (admission, isTroubled, hasBeenUp, isNews) in news {
            var pool = PoolScene(1, hasBeenUp: false)
            _ = pool.tell(0, .up, admission, isTroubled: isTroubled, hasBeenUp: hasBeenUp)
            _ = pool.request(1)
            let reports = pool.fail(1, row.failure, row.result).filter(\.isReport)
            #expect(reports == failed + (isNews ? answered : []), "\(admission), troubled \(isTroubled), been up \(hasBeenUp)")
        }
    }

    @Test("end with the application's no for this session, and the next one gets its turn")
    func goOn() {
        var pool = PoolScene(1)
        _ = pool.tell(0, .up, .trial, isTroubled: true)
        #expect(pool.request(1) == [.connect(connection: 1, endpoint: 0)])
        #expect(pool.request(2) == [] && pool.request(3) == [])
        #expect(
            pool.fail(1, .declined(status: 404), nil)
                == [
                    .report(endpoint: 0, .attemptSucceeded), .connect(connection: 2, endpoint: 0),
                    .refuse(lease: 1, .declined(status: 404)),
                ])
        // The process has heard it and opens the endpoint.
        #expect(pool.tell(0) == [.connect(connection: 3, endpoint: 0)])
    }

    // MARK: - Another loop has the place

    @Test("are taken back while another loop has the place, and the session asks again soon, as the first")
    func isDenied() {
        var pool = PoolScene(1)
        _ = pool.tell(0, .up, .trial, isTroubled: true)
        #expect(pool.request(1) == [.connect(connection: 1, endpoint: 0)])
        #expect(pool.request(2) == [])
        #expect(pool.deny(1) == [])
        #expect(pool.machine.connectionCount == 0 && pool.machine.counts(0).total == 0)
        #expect(pool.machine.attempts(0) == 0 && pool.machine.waitingCount == 2)
        #expect(pool.machine.deadline == at(.milliseconds(50)))
        #expect(pool.pass(.milliseconds(50) - moment) == [])
        #expect(pool.pass(moment) == [.connect(connection: 2, endpoint: 0)])
        #expect(pool.machine.established(2, at: pool.now) == 1)
        #expect(pool.attach(2) == [.report(endpoint: 0, .attemptSucceeded), .connect(connection: 3, endpoint: 0)])
    }

    @Test("leave a warm connection warm when they are taken back")
    func isDeniedWarm() {
        var pool = PoolScene(1, warm: 1)
        #expect(pool.settle() == [.connect(connection: 1, endpoint: 0)])
        #expect(pool.warmUp(1) == [])
        #expect(pool.tell(0, .up, .trial, isTroubled: true) == [])
        #expect(pool.request(1) == [.upgrade(connection: 1, lease: 1)])
        #expect(pool.machine.counts(0).warm == 0 && pool.machine.attempts(0) == 1)
        #expect(pool.deny(1) == [])
        #expect(pool.machine.counts(0).warm == 1 && pool.machine.counts(0).connecting == 0)
        #expect(pool.machine.attempts(0) == 0 && pool.machine.waitingCount == 1 && !pool.machine.isAttempt(1))
        #expect(pool.pass(.milliseconds(50)) == [.upgrade(connection: 1, lease: 1)])
        #expect(pool.attach(1) == [.report(endpoint: 0, .attemptSucceeded)])
        #expect(pool.machine.counts(0).leased == 1 && pool.machine.waitingCount == 0)
    }

    @Test("that were taken back begin at once when the process opens the endpoint")
    func opensMeanwhile() {
        var pool = PoolScene(1)
        _ = pool.tell(0, .up, .trial)
        _ = pool.request(1)
        _ = pool.request(2)
        #expect(pool.deny(1) == [])
        #expect(pool.tell(0) == [.connect(connection: 2, endpoint: 0), .connect(connection: 3, endpoint: 0)])
        #expect(pool.machine.established(2, at: pool.now) == 1)
    }

    @Test("that are taken back go to another endpoint if there is one")
    func goesElsewhere() {
        var pool = PoolScene(2)
        _ = pool.tell(0, .up, .trial)
        #expect(pool.request(1) == [.connect(connection: 1, endpoint: 0)])
        #expect(pool.deny(1) == [.connect(connection: 2, endpoint: 1)])
        #expect(pool.machine.established(2, at: pool.now) == 1)
    }

    @Test("do not wait for a place when a session could move: it stays where it is")
    func doesNotMove() {
        var pool = PoolScene(2)
        _ = pool.tell(1, .up, .trial)
        #expect(pool.move(1, from: 0) == [.connect(connection: 1, endpoint: 1)])
        #expect(pool.deny(1) == [.refuse(lease: 1, .noCapacity)])
        #expect(pool.machine.waitingCount == 0 && pool.machine.connectionCount == 0)
    }

    @Test("are asked for again until the session has waited long enough")
    func waitsForThePlace() {
        var pool = PoolScene(1)
        _ = pool.tell(0, .up, .trial)
        #expect(pool.request(1, waits: .milliseconds(120)).map(\.connection) == [1])
        for connection in 1...2 as ClosedRange<UInt64> {
            #expect(pool.deny(connection) == [])
            #expect(pool.pass(.milliseconds(50)) == [.connect(connection: connection + 1, endpoint: 0)])
        }
        #expect(pool.deny(3) == [])
        #expect(pool.pass(.milliseconds(20)) == [.refuse(lease: 1, .noHealthyUpstream)])
        #expect(pool.machine.attempts(0) == 0 && pool.machine.waitingCount == 0)
    }

    @Test("are denied to no connection that is none")
    func deniesNothingElse() {
        var pool = PoolScene(1, warm: 1)
        #expect(pool.settle() == [.connect(connection: 1, endpoint: 0)])
        #expect(pool.deny(1) == [])
        #expect(pool.machine.counts(0).connecting == 1)
        _ = pool.warmUp(1)
        #expect(pool.deny(1) == [])
        #expect(pool.machine.counts(0).warm == 1)
        #expect(pool.request(1).first == .upgrade(connection: 1, lease: 1))
        _ = pool.attach(1)
        #expect(pool.deny(1) == [] && pool.deny(77) == [])
        #expect(pool.machine.counts(0).leased == 1)
    }
}
