import RoadsteadMachines
import TestSupport
import Testing

@Suite("An endpoint that sessions fail on")
struct EndpointEjectionTests {
    /// One that does not get in the way with checks.
    private static func passive(_ policy: inout HealthPolicy) { (policy.isPassive, policy.failures) = (true, 3) }
    /// So many failed attempts, a second apart.
    private static func failures(_ count: Int, from second: Int) -> [HealthStep] {
        (0..<count).map { .failed(.httpStatus, at: s(second + $0)) }
    }

    static let ejections: [HealthScenario] = [
        HealthScenario(
            "is not ejected before the limit", with: passive,
            failures(2, from: 0) + [
                .shows(.up), .isTroubled(true), .counts(failures: 2), .waits(until: nil),
            ]),
        HealthScenario(
            "is ejected at the limit, for a while", with: passive,
            failures(3, from: 0) + [
                .shows(.ejected, .trial), .counts(failures: 3, ejections: 1), .waits(until: s(12)),
            ]),
        HealthScenario(
            "is ejected once, however many more fail that were begun before", with: passive,
            failures(4, from: 0) + [
                .shows(.ejected, .closed, lastFailure: .httpStatus), .counts(failures: 4, ejections: 1),
            ]),
        HealthScenario(
            "is not ejected if a success comes between", with: passive,
            failures(2, from: 0) + [.succeeded, .isTroubled(false)]
                + failures(2, from: 3) + [.shows(.up), .failed(.httpTimeout, at: s(5)), .shows(.ejected, .trial)]),
        HealthScenario(
            "is never ejected with the limit 0, but kept from being stormed", with: { ($0.isPassive, $0.failures) = (true, 0) },
            failures(100, from: 0) + [
                .shows(.up, .closed, lastFailure: .httpStatus), .counts(failures: 100), .isTroubled(true),
            ]),
        HealthScenario(
            "is not ejected for lost connections", with: passive,
            [
                .lost(at: s(1)), .lost(at: s(2)), .lost(at: s(3)), .lost(at: s(4)), .shows(.up, .closed), .counts(failures: 0),
            ]),
        HealthScenario(
            "is ejected for an attempt that found no connection as well", with: passive,
            [
                .failed(.httpStatus, at: s(1)), .failed(.httpStatus, at: s(2)), .failed(.l4Refused, at: s(2)),
                .shows(.ejected, .closed, lastFailure: .l4Refused),
            ]),
        HealthScenario(
            "is not ejected for attempts that were under way when it went", with: passive,
            [
                .failed(.l4Refused, at: s(1)), .failed(.l4Failed, at: s(1)), .failed(.l4Failed, at: s(1)), .failed(.l4Failed, at: s(1)),
                .shows(.up, .closed, lastFailure: .l4Failed), .failed(.httpStatus, at: s(1)), .failed(.httpStatus, at: s(1)),
                .shows(.ejected, .closed, lastFailure: .l4Failed),
            ]),
        HealthScenario(
            "asks again with each failure if it may not be ejected, and is tried less and less meanwhile", with: passive,
            [
                .failed(.httpStatus, at: s(1), mayEject: false), .failed(.httpStatus, at: s(2), mayEject: false), .shows(.up),
                .failed(.httpStatus, at: s(6) - moment, mayEject: false), .shows(.up),
                .failed(.httpStatus, at: s(6), mayEject: false), .shows(.up, .trial),
                .failed(.httpStatus, at: s(7), mayEject: false), .shows(.up, .closed, lastFailure: .httpStatus),
                .look(.ok, at: s(1 << 41)), .shows(.up, .trial), .failed(.httpStatus, at: s(1 << 41)), .shows(.ejected, .trial),
                .counts(failures: 6, ejections: 1, reconnects: 1), .waits(until: s(1 << 41) + s(10)),
            ]),
        HealthScenario(
            "is open to all after two failures, however far apart", with: { ($0.isPassive, $0.failures) = (true, 0) },
            [
                .failed(.httpInvalid, at: s(1)), .failed(.httpInvalid, at: s(100)), .shows(.up), .failed(.httpInvalid, at: s(101)),
                .shows(.up, .trial),
            ]),
        HealthScenario(
            "is open to all as long as somebody is served in time", with: { ($0.isPassive, $0.failures) = (true, 0) },
            failures(5, from: 0) + [.shows(.up), .succeeded] + failures(5, from: 5) + [.shows(.up), .succeeded, .isTroubled(false)]),
        HealthScenario(
            "is open to all as long as a check is answered in time",
            with: { ($0.asksForAnswer, $0.failures, $0.interval) = (true, 0, s(4)) },
            [.look(.ok, at: ms(50))] + failures(4, from: 1) + [.look(.ok, at: ms(4050))] + failures(4, from: 5)
                + [.look(.ok, at: ms(8050))] + failures(8, from: 9) + [
                    .shows(.up), .isTroubled(true), .failed(.httpInvalid, at: ms(16050)), .shows(.up, .trial),
                ]
                + [.look(.ok, at: ms(16060)), .shows(.up)]),
        HealthScenario(
            "is not open to all because connections to it can be made", with: { $0.failures = 0 },
            [.look(.ok, at: ms(50))] + failures(3, from: 0) + [.look(.ok, at: ms(2050))] + failures(2, from: 3)
                + [.look(.ok, at: ms(4050)), .failed(.httpInvalid, at: s(5)), .shows(.up, .trial)]),
        HealthScenario(
            "is shown as down if checks say so too", with: { $0.failures = 1 },
            [
                .look(.httpStatus, at: ms(50)), .failed(.httpStatus, at: s(1)), .shows(.down, .trial), .look(.ok, at: ms(1050)),
                .look(.ok, at: ms(1550)), .shows(.ejected, .trial),
            ]),
        HealthScenario(
            "is closed rather than put to rest where another word is shown for it, so that pools hear of it", with: { $0.failures = 2 },
            [
                .look(.httpStatus, at: ms(50)), .shows(.down), .failed(.httpStatus, at: s(1)), .failed(.httpStatus, at: s(1)),
                .shows(.down, .trial), .timer(at: s(11), .check(number: 2)), .checked(.httpStatus, at: s(11)), .shows(.down, .trial),
                .failed(.httpStatus, at: s(11)), .shows(.down, .closed, lastFailure: .httpStatus), .counts(failures: 5, ejections: 2),
            ]),
        HealthScenario(
            "is not let back early by a success that was begun before", with: passive,
            failures(3, from: 0) + [
                .succeeded, .shows(.ejected, .trial), .isTroubled(false), .waits(until: s(12)), .timer(at: s(12), .none),
                .shows(.up, .trial),
            ]),
    ]

    @Test(arguments: ejections)
    func isEjected(_ scenario: HealthScenario) { scenario.play() }

    static let returns: [HealthScenario] = [
        HealthScenario(
            "rests a moment more if the timer is early", with: passive,
            failures(3, from: 0) + [
                .timer(at: s(12) - moment, .none), .shows(.ejected, .trial), .waits(until: s(12)),
            ]),
        HealthScenario(
            "is back on trial when the time is over", with: passive,
            failures(3, from: 0) + [
                .timer(at: s(12), .none), .shows(.up, .trial), .isTroubled(true), .waits(until: nil), .timer(at: s(12), .none),
                .shows(.up, .trial),
            ]),
        HealthScenario(
            "is back on trial when the timer is late", with: passive,
            failures(3, from: 0) + [
                .timer(at: s(500), .none), .shows(.up, .trial),
            ]),
        HealthScenario(
            "is trusted again after one success", with: passive,
            failures(3, from: 0) + [
                .timer(at: s(12), .none), .succeeded, .shows(.up), .isTroubled(false),
            ]),
        HealthScenario(
            "is ejected again after one failure, for twice as long", with: passive,
            failures(3, from: 0) + [
                .timer(at: s(12), .none), .failed(.httpStatus, at: s(13)), .shows(.ejected, .trial), .waits(until: s(33)),
                .timer(at: s(33), .none), .failed(.httpStatus, at: s(33)), .waits(until: s(63)),
                .counts(failures: 5, ejections: 3),
            ]),
        HealthScenario(
            "is on trial again after a while if it may not be ejected again", with: passive,
            failures(3, from: 0) + [
                .timer(at: s(12), .none), .failed(.httpStatus, at: s(13), mayEject: false),
                .shows(.up, .closed, lastFailure: .httpStatus), .look(.ok, at: s(1 << 41)), .shows(.up, .trial),
                .failed(.httpStatus, at: s(1 << 41)), .shows(.ejected, .trial), .waits(until: s(1 << 41) + s(10)),
            ]),
        HealthScenario(
            "is ejected for longer a moment before it has behaved long enough", with: passive,
            failures(3, from: 0) + [
                .timer(at: s(12), .none), .succeeded, .failed(.httpStatus, at: s(50)), .failed(.httpStatus, at: s(60)),
                .failed(.httpStatus, at: s(112) - moment), .shows(.ejected, .trial), .waits(until: s(132) - moment),
            ]),
        HealthScenario(
            "is ejected as for the first time once it has behaved long enough", with: passive,
            failures(3, from: 0) + [
                .timer(at: s(12), .none), .succeeded, .failed(.httpStatus, at: s(50)), .failed(.httpStatus, at: s(60)),
                .failed(.httpStatus, at: s(112)), .shows(.ejected, .trial), .waits(until: s(122)), .counts(failures: 6, ejections: 2),
            ]),
        HealthScenario(
            "can be out of reach when it is back", with: passive,
            failures(3, from: 0) + [
                .lost(at: s(3)), .look(.l4Refused, at: s(3)), .timer(at: s(12), .none), .shows(.up, .closed, lastFailure: .l4Refused),
                .isTroubled(true), .look(.ok, at: s(1 << 41)), .shows(.up, .trial),
            ]),
    ]

    @Test(arguments: returns)
    func isBack(_ scenario: HealthScenario) { scenario.play() }

    @Test("rests no longer than 30 times the first rest")
    func restIsBounded() {
        var generator = SeededGenerator(seed: 1)
        var machine = EndpointHealthMachine(HealthPolicy(isPassive: true, failures: 1), at: start, using: &generator)
        var now = start
        for time in 1...40 {
            machine.attemptFailed(.httpStatus, mayEject: true, at: now, using: &generator)
            #expect(now.duration(to: machine.deadline) == s(10) * min(time, 30), "ejection \(time)")
            now = machine.deadline
            #expect(machine.timerFired(at: now) == .none)
        }
        #expect(machine.ejections == 40)
    }
}
