import RoadsteadMachines
import TestSupport
import Testing

@Suite("Timers and results that come at the wrong time")
struct EndpointTimingTests {
    static let stories: [HealthScenario] = [
        HealthScenario(
            "an early timer does nothing",
            [
                .look(.ok, at: ms(50)), .timer(at: ms(2050) - moment, .none), .waits(until: ms(2050)),
                .timer(at: ms(2050), .check(number: 2)),
            ]),
        HealthScenario(
            "a late timer checks once",
            [
                .look(.ok, at: ms(50)), .timer(at: s(100), .check(number: 2)), .timer(at: s(100), .none), .timer(at: s(200), .none),
                .checked(.ok, at: s(101)), .waits(until: s(102)),
            ]),
        HealthScenario(
            "a result that nobody asked for is ignored",
            [
                .stray(number: 0, .l4Refused, at: .zero), .stray(number: 1, .l4Refused, at: .zero), .lastCheck(nil), .shows(.up),
                .counts(failures: 0),
            ]),
        HealthScenario(
            "a second result of one check is ignored",
            [
                .look(.ok, at: ms(50)), .stray(number: 1, .l4Refused, at: ms(60)), .shows(.up), .lastCheck(.ok), .waits(until: ms(2050)),
            ]),
        HealthScenario(
            "a result of an earlier check is ignored while another is under way",
            [
                .look(.ok, at: ms(50)), .timer(at: s(3), .check(number: 2)), .stray(number: 1, .l4Refused, at: s(3)), .lastCheck(.ok),
                .checked(.httpStatus, at: s(3)), .lastCheck(.httpStatus),
            ]),
        HealthScenario(
            "an ejection ends while a check is under way", with: { $0.failures = 1 },
            [
                .look(.ok, at: ms(50)), .failed(.httpStatus, at: s(1)), .timer(at: ms(2050), .check(number: 2)), .waits(until: s(11)),
                .timer(at: s(11), .none), .shows(.up, .trial), .waits(until: nil), .checked(.ok, at: s(11)), .shows(.up, .trial),
            ]),
        HealthScenario(
            "an ejection ends and a check begins with one timer", with: { $0.failures = 1 },
            [
                .look(.ok, at: ms(50)), .failed(.httpStatus, at: s(1)), .timer(at: s(30), .check(number: 2)), .shows(.up, .trial),
            ]),
        HealthScenario(
            "what was due when the gate closed is brought forward, never put off",
            [
                .look(.ok, at: ms(50)), .failed(.l4Refused, at: ms(60)), .waits(until: ms(1060)), .lost(at: ms(70)),
                .waits(until: ms(1060)),
            ]),
    ]

    static let abandoned: [HealthScenario] = [
        HealthScenario(
            "a check that could not be made says nothing, and is made soon",
            [
                .timer(at: ms(50), .check(number: 1)), .abandoned(number: 1, at: ms(60)), .shows(.up), .lastCheck(nil), .hasBeenUp(false),
                .counts(failures: 0), .waits(until: ms(1060)), .timer(at: ms(1060), .check(number: 2)), .checked(.ok, at: ms(1070)),
                .lastCheck(.ok), .waits(until: ms(3060)),
            ]),
        HealthScenario(
            "a check that could not be made is made after an interval, if that is short", with: { $0.interval = ms(400) },
            [.timer(at: ms(50), .check(number: 1)), .abandoned(number: 1, at: ms(60)), .waits(until: ms(460))]),
        HealthScenario(
            "a check that could not be made is not made at once, however short the interval is", with: { $0.interval = ms(20) },
            [.timer(at: ms(50), .check(number: 1)), .abandoned(number: 1, at: ms(60)), .waits(until: ms(160))]),
        HealthScenario(
            "a check that ended, another one, or one while none is under way cannot be abandoned",
            [
                .abandoned(number: 0, at: .zero), .look(.ok, at: ms(50)), .abandoned(number: 1, at: ms(60)), .waits(until: ms(2050)),
                .timer(at: ms(2050), .check(number: 2)), .abandoned(number: 1, at: ms(2060)), .waits(until: nil),
                .checked(.ok, at: ms(2070)), .waits(until: ms(4050)),
            ]),
        HealthScenario(
            "a result of an abandoned check is ignored",
            [
                .timer(at: ms(50), .check(number: 1)), .abandoned(number: 1, at: ms(60)), .stray(number: 1, .l4Refused, at: ms(70)),
                .shows(.up), .lastCheck(nil), .waits(until: ms(1060)),
            ]),
        HealthScenario(
            "a check that could not be made neither counts among failures in a row nor ends the row",
            [
                .look(.ok, at: ms(50)), .look(.httpStatus, at: ms(2050)), .look(.httpStatus, at: ms(4050)),
                .timer(at: ms(6050), .check(number: 4)), .abandoned(number: 4, at: ms(6060)), .shows(.up), .counts(failures: 2),
                .timer(at: ms(7060), .check(number: 5)), .checked(.httpStatus, at: ms(7070)), .shows(.down), .counts(failures: 3),
            ]),
        HealthScenario(
            "an endpoint that is to be looked at stays closed until the look could be had",
            [
                .look(.ok, at: ms(50)), .lost(at: ms(60)), .timer(at: ms(60), .check(number: 2)), .abandoned(number: 2, at: ms(70)),
                .shows(.up, .closed), .waits(until: ms(1070)), .timer(at: ms(1070), .check(number: 3)), .checked(.ok, at: ms(1080)),
                .shows(.up, .trial),
            ]),
        HealthScenario(
            "the look at a passive endpoint is had later, too", with: { $0.isPassive = true },
            [
                .lost(at: ms(60)), .timer(at: ms(60), .check(number: 1)), .abandoned(number: 1, at: ms(70)), .shows(.up, .closed),
                .waits(until: ms(1070)), .timer(at: ms(1070), .check(number: 2)), .checked(.ok, at: ms(1080)), .shows(.up, .trial),
                .waits(until: nil),
            ]),
    ]

    @Test(arguments: abandoned)
    func isAbandoned(_ scenario: HealthScenario) { scenario.play() }

    @Test(arguments: stories)
    func isIgnored(_ scenario: HealthScenario) { scenario.play() }

    @Test("waits for probes grow with each one that fails, and begin anew with one that does not")
    func backoffGrows() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let policy = HealthPolicy(isPassive: true, backoffInitial: ms(1), backoffMaximum: s(10))
        var longest = Duration.zero
        for _ in 0..<200 {
            var machine = EndpointHealthMachine(policy, at: start, using: &generator)
            var (now, number) = (start, UInt64(0))
            machine.connectionLost(at: now)
            for power in 0..<16 {
                now = machine.deadline
                number += 1
                #expect(machine.timerFired(at: now) == .check(number: number))
                machine.checkFinished(number: number, .l4Refused, at: now, using: &generator)
                let wait = now.duration(to: machine.deadline)
                #expect(wait <= min(ms(1 << power), s(10)), "seed \(seed), failure \(power)")
                longest = max(longest, wait)
            }
            now = machine.deadline
            #expect(machine.timerFired(at: now) == .check(number: number + 1))
            machine.checkFinished(number: number + 1, .ok, at: now, using: &generator)
            machine.attemptFailed(.l4Refused, mayEject: true, at: now, using: &generator)
            #expect(now.duration(to: machine.deadline) <= ms(1), "seed \(seed)")
        }
        #expect(longest > s(8), "seed \(seed)")
    }
}
