import RoadsteadMachines
import TestSupport
import Testing

@Suite("The health of an endpoint")
struct EndpointHealthMachineTests {
    /// The first check, a success at 50 ms.
    private static let firstIsOK: [HealthStep] = [.look(.ok, at: ms(50))]
    /// Down since 50 ms, with a connection: the gate is open.
    private static let firstFails: [HealthStep] = [.look(.httpStatus, at: ms(50))]

    static let checks: [HealthScenario] = [
        HealthScenario(
            "is up before anybody looked",
            [
                .shows(.up), .isTroubled(false), .hasBeenUp(false), .lastCheck(nil), .counts(failures: 0),
            ]),
        HealthScenario(
            "is up after a first check that is ok",
            [
                .look(.ok, at: ms(50)), .shows(.up), .hasBeenUp(true), .lastCheck(.ok), .waits(until: ms(2050)), .counts(failures: 0),
            ]),
        HealthScenario(
            "is down after a first check that fails",
            [
                .look(.httpStatus, at: ms(50)), .shows(.down), .hasBeenUp(false), .lastCheck(.httpStatus), .counts(failures: 1),
            ]),
        HealthScenario(
            "is up, with no check but the first failed, until `fall` fail in a row",
            firstIsOK + [
                .look(.httpStatus, at: ms(2050)), .shows(.up), .waits(until: ms(4050)),
                .look(.httpStatus, at: ms(4050)), .shows(.up), .waits(until: ms(6050)),
                .look(.httpStatus, at: ms(6050)), .shows(.down), .counts(failures: 3),
            ]),
        HealthScenario(
            "is up as long as a success comes before `fall` failures",
            firstIsOK + [
                .look(.httpStatus, at: s(3)), .look(.httpStatus, at: s(5)), .look(.ok, at: s(7)),
                .look(.httpStatus, at: s(9)), .look(.httpStatus, at: s(11)), .shows(.up),
                .look(.httpStatus, at: s(13)), .shows(.down),
            ]),
        HealthScenario(
            "is up again after `rise` in a row",
            firstFails + [
                .look(.ok, at: s(3)), .shows(.down), .hasBeenUp(true), .look(.ok, at: s(5)), .shows(.up),
            ]),
        HealthScenario(
            "is down as long as a failure comes before `rise` successes",
            firstFails + [
                .look(.ok, at: s(3)), .look(.httpTimeout, at: s(5)), .look(.ok, at: s(7)), .shows(.down), .look(.ok, at: s(9)), .shows(.up),
            ]),
        HealthScenario(
            "falls and rises at once if both are 1", with: { ($0.rise, $0.fall) = (1, 1) },
            firstIsOK + [
                .look(.httpStatus, at: s(3)), .shows(.down), .look(.ok, at: s(5)), .shows(.up),
            ]),
        HealthScenario(
            "is looked at every half interval while it is down, and the rest of `rise` fits in the other half", with: { $0.rise = 5 },
            firstFails + [
                .waits(until: ms(1050)), .look(.httpStatus, at: ms(1050)), .waits(until: ms(2050)),
                .look(.ok, at: ms(2050)), .waits(until: ms(2250)), .look(.ok, at: ms(2250)), .waits(until: ms(2450)),
                .look(.ok, at: ms(2450)), .look(.ok, at: ms(2650)), .shows(.down), .look(.ok, at: ms(2850)), .shows(.up),
                .waits(until: ms(4850)),
            ]),
        HealthScenario(
            "is looked at no more often than 20 times an interval", with: { $0.rise = 1000 },
            firstFails + [
                .look(.ok, at: ms(1050)), .waits(until: ms(1150)),
            ]),
        HealthScenario(
            "is looked at by when checks begin, and at once if one took longer", with: { $0.timeout = s(10) },
            [
                .timer(at: ms(50), .check(number: 1)), .waits(until: nil), .checked(.ok, at: s(1)), .waits(until: ms(2050)),
                .timer(at: ms(2050), .check(number: 2)), .checked(.ok, at: s(9)), .waits(until: s(9)),
            ]),
    ]

    @Test("follows its checks:", arguments: checks)
    func followsChecks(_ scenario: HealthScenario) { scenario.play() }

    @Test("is first checked within 50 ms, or an interval that is shorter", arguments: [(2000, 50), (50, 50), (10, 10)])
    func firstCheck(interval: Int, latest: Int) {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let phases = (0..<100).map { _ in
            let machine = EndpointHealthMachine(HealthPolicy(interval: ms(interval)), at: start, using: &generator)
            return start.duration(to: machine.deadline)
        }
        #expect(phases.allSatisfy { $0 >= .zero && $0 <= ms(latest) }, "seed \(seed)")
        #expect(Set(phases).count > 90, "seed \(seed)")
    }

    static let gate: [HealthScenario] = [
        HealthScenario(
            "closes when an attempt finds no connection, and a probe follows",
            firstIsOK + [
                .failed(.l4Refused, at: ms(100)), .shows(.up, .closed, lastFailure: .l4Refused), .waits(until: ms(1100)),
                .counts(failures: 1),
            ]),
        HealthScenario(
            "stays open when an attempt finds one",
            firstIsOK + [
                .failed(.httpStatus, at: ms(100)), .shows(.up), .isTroubled(true), .waits(until: ms(2050)), .counts(failures: 1),
            ]),
        HealthScenario(
            "closes when a connection is lost, and the probe is due at once",
            firstIsOK + [
                .lost(at: ms(100)), .shows(.up, .closed), .isTroubled(false), .waits(until: ms(100)), .counts(failures: 0),
            ]),
        HealthScenario(
            "does not wait for a probe later than the check that is due anyway",
            firstIsOK + [
                .failed(.l4Timeout, at: ms(1900)), .waits(until: ms(2050)),
            ]),
        HealthScenario(
            "is ajar after a check that had a connection, and open after one session that got through",
            firstIsOK + [
                .lost(at: ms(100)), .look(.ok, at: ms(100)), .shows(.up, .trial), .isTroubled(false), .waits(until: ms(2100)),
                .counts(failures: 0, reconnects: 1), .succeeded, .shows(.up),
            ]),
        HealthScenario(
            "closes again when the first session fails, whatever became of it, and later each time", backoff: .zero,
            firstIsOK + [
                .lost(at: ms(100)), .look(.ok, at: ms(100)), .failed(.httpTimeout, at: ms(200)),
                .shows(.up, .closed, lastFailure: .httpTimeout), .look(.ok, at: ms(200)), .shows(.up, .trial),
                .failed(.l4Failed, at: ms(300)), .shows(.up, .closed, lastFailure: .l4Failed), .look(.ok, at: ms(300)), .succeeded,
                .shows(.up), .isTroubled(false),
            ]),
        HealthScenario(
            "is ajar even if that check failed",
            firstIsOK + [
                .failed(.l4Refused, at: ms(100)), .look(.httpInvalid, at: ms(1100)), .shows(.up, .trial),
            ]),
        HealthScenario(
            "does not open with a session that got through before",
            firstIsOK + [
                .lost(at: ms(100)), .succeeded, .shows(.up, .closed), .waits(until: ms(100)),
            ]),
        HealthScenario(
            "stays closed while probes fail, at most half an interval apart",
            firstIsOK + [
                .lost(at: ms(100)), .look(.l4Refused, at: ms(100)), .shows(.up, .closed, lastFailure: .l4Refused), .waits(until: ms(1100)),
                .look(.tlsFailed, at: ms(1100)), .shows(.up, .closed, lastFailure: .tlsFailed), .waits(until: ms(2100)),
                .look(.l4Timeout, at: ms(2100)), .shows(.down, .closed, lastFailure: .l4Timeout), .waits(until: ms(3100)),
                .counts(failures: 3, reconnects: 3),
            ]),
        HealthScenario(
            "counts half an interval from the beginning of a probe, and is probed at once if it took longer",
            firstIsOK + [
                .lost(at: s(1)), .timer(at: s(1), .check(number: 2)), .checked(.l4Timeout, at: ms(1400)), .waits(until: s(2)),
                .timer(at: s(2), .check(number: 3)), .checked(.l4Timeout, at: ms(3500)), .waits(until: ms(3500)),
            ]),
        HealthScenario(
            "is probed sooner if the backoff is shorter", backoff: .zero,
            firstIsOK + [
                .failed(.l4Refused, at: ms(100)), .waits(until: ms(100)), .look(.l4Refused, at: ms(100)), .waits(until: ms(100)),
            ]),
        HealthScenario(
            "lets a check that is under way serve as the probe",
            firstIsOK + [
                .timer(at: ms(2050), .check(number: 2)), .lost(at: ms(2100)), .failed(.l4Refused, at: ms(2100)), .waits(until: nil),
                .timer(at: ms(2200), .none), .checked(.ok, at: ms(2200)), .shows(.up, .trial), .waits(until: ms(4050)),
                .counts(failures: 1),
            ]),
        HealthScenario(
            "takes further losses and failures without further probes",
            firstIsOK + [
                .failed(.l4Refused, at: ms(100)), .failed(.tlsFailed, at: ms(200)), .lost(at: ms(300)), .waits(until: ms(1100)),
                .shows(.up, .closed, lastFailure: .tlsFailed), .counts(failures: 2),
            ]),
        HealthScenario(
            "stays open when single checks find no connection, and closes when they make it down",
            firstIsOK + [
                .look(.l4Timeout, at: s(3)), .shows(.up), .look(.l4Timeout, at: s(5)), .shows(.up), .waits(until: s(7)),
                .look(.l4Timeout, at: s(7)), .shows(.down, .closed, lastFailure: .l4Timeout), .waits(until: s(8)),
                .counts(failures: 3),
            ]),
        HealthScenario(
            "closes when the first check finds no connection",
            [
                .look(.unresolved, at: ms(50)), .shows(.down, .closed, lastFailure: .unresolved), .waits(until: ms(1050)),
            ]),
        HealthScenario(
            "closes when a down endpoint can't be reached any more either",
            firstFails + [
                .look(.l4Refused, at: ms(1050)), .shows(.down, .closed, lastFailure: .l4Refused),
            ]),
        HealthScenario(
            "is ajar before a down endpoint is up",
            [
                .look(.l4Refused, at: ms(50)), .look(.ok, at: ms(1050)), .shows(.down, .trial), .waits(until: ms(1550)),
                .look(.ok, at: ms(1550)), .shows(.up, .trial), .counts(failures: 1, reconnects: 1),
            ]),
    ]

    @Test("has a gate that", arguments: gate)
    func hasGate(_ scenario: HealthScenario) { scenario.play() }

    static let passive: [HealthScenario] = [
        HealthScenario(
            "is not checked while nothing goes wrong", with: { $0.isPassive = true },
            [
                .shows(.up), .waits(until: nil), .timer(at: s(100), .none), .succeeded, .hasBeenUp(true), .waits(until: nil),
            ]),
        HealthScenario(
            "is probed when an attempt failed, after the backoff alone", backoff: .zero, with: { $0.isPassive = true },
            [
                .failed(.l4Refused, at: s(5)), .shows(.up, .closed, lastFailure: .l4Refused), .waits(until: s(5)),
                .look(.ok, at: s(5)), .shows(.up, .trial), .waits(until: nil), .counts(failures: 1, reconnects: 1),
            ]),
        HealthScenario(
            "is probed at once when a connection was lost", with: { $0.isPassive = true },
            [
                .lost(at: s(5)), .waits(until: s(5)), .look(.ok, at: s(5)), .shows(.up, .trial), .hasBeenUp(true), .waits(until: nil),
            ]),
        HealthScenario(
            "is down when `fall` probes failed, and up with the first success", backoff: .zero,
            with: { ($0.isPassive, $0.fall, $0.rise) = (true, 3, 7) },
            [
                .lost(at: s(1)), .look(.l4Refused, at: s(1)), .look(.l4Refused, at: s(2)),
                .shows(.up, .closed, lastFailure: .l4Refused), .look(.l4Refused, at: s(3)),
                .shows(.down, .closed, lastFailure: .l4Refused), .waits(until: s(3)),
                .look(.ok, at: s(4)), .shows(.up, .trial), .waits(until: nil), .counts(failures: 3, reconnects: 4),
            ]),
        HealthScenario(
            "is up with any connection at all", backoff: .zero, with: { ($0.isPassive, $0.fall) = (true, 1) },
            [
                .lost(at: s(1)), .look(.l4Refused, at: s(1)), .shows(.down, .closed, lastFailure: .l4Refused),
                .look(.httpInvalid, at: s(2)), .shows(.up, .trial), .waits(until: nil),
            ]),
    ]

    @Test("that has no checks", arguments: passive)
    func isPassive(_ scenario: HealthScenario) { scenario.play() }

    static let operators: [HealthScenario] = [
        HealthScenario(
            "goes before every other word, and is checked all the same",
            [
                .drained, .shows(.draining), .drained, .look(.httpStatus, at: ms(50)), .shows(.draining), .waits(until: ms(1050)),
                .undrained, .shows(.down), .undrained, .shows(.down),
            ]),
        HealthScenario(
            "hides an ejection", with: { $0.failures = 1 },
            firstIsOK + [
                .failed(.httpStatus, at: s(1)), .drained, .shows(.draining, .trial), .undrained, .shows(.ejected, .trial),
            ]),
    ]

    @Test("knows the word draining, which", arguments: operators)
    func drains(_ scenario: HealthScenario) { scenario.play() }
}
