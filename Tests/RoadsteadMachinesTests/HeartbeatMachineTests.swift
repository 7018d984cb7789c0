import RoadsteadMachines
import TestSupport
import Testing

@Suite("A heartbeat")
struct HeartbeatMachineTests {
    @Test("pings what is silent, and declares it dead", arguments: silence)
    func judgesSilence(_ scenario: HeartbeatScenario) { scenario.play() }

    @Test("measures the round trip by the pong that answers its latest ping", arguments: measuring)
    func measures(_ scenario: HeartbeatScenario) { scenario.play() }

    @Test("does not judge while nothing is read", arguments: suspending)
    func suspends(_ scenario: HeartbeatScenario) { scenario.play() }

    @Test("takes timers and clocks as they come", arguments: clocks)
    func toleratesClocks(_ scenario: HeartbeatScenario) { scenario.play() }

    @Test("begins up to half an interval early, by its phase", arguments: [(0.0, 20_000), (0.25, 17_500), (0.5, 15_000), (0.999, 10_010)])
    func spreads(_ phase: Double, _ milliseconds: Int) {
        let policy = HeartbeatPolicy(interval: .seconds(20), timeout: .seconds(10))
        let machine = HeartbeatMachine(openedAt: start, phase: phase, policy: policy)
        let first = start.duration(to: machine.deadline(policy))
        #expect(abs((first - .milliseconds(milliseconds)) / .microseconds(1)) < 1)
    }

    @Test("of sessions opened together falls evenly over half an interval")
    func spreadsEvenly() {
        let policy = HeartbeatPolicy(interval: .seconds(20), timeout: .seconds(10))
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        var tenths = [Int](repeating: 0, count: 10)
        for _ in 0..<10_000 {
            let machine = HeartbeatMachine(openedAt: start, phase: .random(in: 0..<1, using: &generator), policy: policy)
            let early = at(.seconds(20)) - machine.deadline(policy)
            #expect(early >= .zero && early < .seconds(10), "seed \(seed)")
            tenths[Int(early / .seconds(1))] += 1
        }
        #expect(tenths.allSatisfy { (800...1200).contains($0) }, "seed \(seed): \(tenths)")
    }

    @Test("asks for a payload only when it pings")
    func asksForPayloadsSparingly() {
        let policy = HeartbeatPolicy(interval: .seconds(20), timeout: .seconds(10))
        var machine = HeartbeatMachine(openedAt: start, phase: 0, policy: policy)
        var asked = 0
        func payload() -> UInt64 {
            asked += 1
            return 7
        }
        #expect(machine.timerFired(at: at(.seconds(19)), payload: payload(), policy: policy) == .wait)
        #expect(asked == 0)
        #expect(machine.timerFired(at: at(.seconds(20)), payload: payload(), policy: policy) == .ping(7))
        #expect(machine.timerFired(at: at(.seconds(30)), payload: payload(), policy: policy) == .dead)
        #expect(asked == 1)
    }

    @Test("follows a policy that changes under it")
    func followsReloads() {
        let slow = HeartbeatPolicy(interval: .seconds(20), timeout: .seconds(10))
        let fast = HeartbeatPolicy(interval: .seconds(2), timeout: .seconds(1))
        let none = HeartbeatPolicy(interval: nil, timeout: .seconds(1))
        var machine = HeartbeatMachine(openedAt: start, phase: 0, policy: slow)
        #expect(machine.deadline(fast) == at(.seconds(2)))
        #expect(machine.timerFired(at: at(.seconds(2)), payload: 1, policy: fast) == .ping(1))
        #expect(machine.deadline(none) == .never)
        #expect(machine.timerFired(at: at(.seconds(50)), payload: 2, policy: none) == .wait)
        #expect(machine.deadline(slow) > at(.seconds(2)))
    }
}

extension HeartbeatMachineTests {
    static let silence = [
        HeartbeatScenario(
            "silent from the start: pinged at the interval, dead at the timeout",
            [
                .waits(until: .seconds(20)), .timer(at: .seconds(20), .ping(1)), .waits(until: .seconds(30)),
                .timer(at: .seconds(30), .dead), .waits(until: nil), .timer(at: .seconds(40), .wait),
            ]),
        HeartbeatScenario(
            "silent after a byte: the interval counts from the byte",
            [
                .received(at: .seconds(5)), .waits(until: .seconds(25)), .timer(at: .seconds(25), .ping(1)),
                .timer(at: .seconds(35), .dead),
            ]),
        HeartbeatScenario(
            "one byte after the ping is life: another interval",
            [
                .timer(at: .seconds(20), .ping(1)), .received(at: .seconds(22)), .waits(until: .seconds(42)),
                .timer(at: .seconds(30), .wait), .timer(at: .seconds(42), .ping(2)), .waits(until: .seconds(52)),
                .timer(at: .seconds(52), .dead),
            ]),
        HeartbeatScenario(
            "a byte in the last moment saves it",
            [
                .timer(at: .seconds(20), .ping(1)), .received(at: .seconds(30) - moment), .timer(at: .seconds(30), .wait),
                .waits(until: .seconds(50) - moment),
            ]),
        HeartbeatScenario(
            "a byte of the moment of the ping does not answer it",
            [.timer(at: .seconds(20), .ping(1)), .received(at: .seconds(20)), .waits(until: .seconds(30)), .timer(at: .seconds(30), .dead)]),
        HeartbeatScenario(
            "bytes that the peer's kernel took are life",
            [
                .timer(at: .seconds(20), .ping(1)), .drained(at: .seconds(29)), .timer(at: .seconds(30), .wait),
                .waits(until: .seconds(49)), .timer(at: .seconds(49), .ping(2)), .timer(at: .seconds(59), .dead),
            ]),
        HeartbeatScenario(
            "a drained queue never makes it older", [.received(at: .seconds(9)), .drained(at: .seconds(3)), .waits(until: .seconds(29))]),
        HeartbeatScenario(
            "a timeout longer than the interval: pinged at each interval, dead at the timeout after the first",
            interval: .seconds(5), timeout: .seconds(12),
            [
                .timer(at: .seconds(5), .ping(1)), .waits(until: .seconds(10)), .timer(at: .seconds(10), .ping(2)),
                .waits(until: .seconds(15)), .timer(at: .seconds(15), .ping(3)), .waits(until: .seconds(17)),
                .timer(at: .seconds(17), .dead),
            ]),
        HeartbeatScenario(
            "a timeout longer than the interval: one byte begins a new silence",
            interval: .seconds(5), timeout: .seconds(12),
            [
                .timer(at: .seconds(5), .ping(1)), .timer(at: .seconds(10), .ping(2)), .received(at: .seconds(11)),
                .waits(until: .seconds(16)), .timer(at: .seconds(16), .ping(3)), .timer(at: .seconds(21), .ping(4)),
                .timer(at: .seconds(26), .ping(5)), .waits(until: .seconds(28)), .timer(at: .seconds(28), .dead),
            ]),
        HeartbeatScenario(
            "no interval: never pinged, never dead", interval: nil,
            [
                .waits(until: nil), .timer(at: .seconds(1_000_000), .wait), .paused, .timer(at: .seconds(2_000_000), .wait),
                .waits(until: nil),
            ]),
    ]

    static let measuring = [
        HeartbeatScenario(
            "the right pong measures, and the next beat is an interval later",
            [
                .timer(at: .seconds(20), .ping(1)), .received(at: .milliseconds(20_040)),
                .pong(1, at: .milliseconds(20_040), measures: .milliseconds(40)), .waits(until: .milliseconds(40_040)),
            ]),
        HeartbeatScenario(
            "the same pong again measures nothing",
            [
                .timer(at: .seconds(20), .ping(1)), .pong(1, at: .seconds(21), measures: .seconds(1)),
                .pong(1, at: .seconds(22), measures: nil), .waits(until: .seconds(42)),
            ]),
        HeartbeatScenario(
            "unsolicited pongs are life and measure nothing",
            [.pong(1, at: .seconds(5), measures: nil), .pong(nil, at: .seconds(6), measures: nil), .waits(until: .seconds(26))]),
        HeartbeatScenario(
            "a pong with another payload is life and leaves the ping unanswered",
            [
                .timer(at: .seconds(20), .ping(1)), .pong(9, at: .seconds(21), measures: nil), .pong(nil, at: .seconds(22), measures: nil),
                .timer(at: .seconds(30), .wait), .pong(1, at: .seconds(31), measures: .seconds(11)),
            ]),
        HeartbeatScenario(
            "a pong to an earlier ping measures nothing",
            [
                .timer(at: .seconds(20), .ping(1)), .received(at: .seconds(21)), .timer(at: .seconds(41), .ping(2)),
                .pong(1, at: .seconds(42), measures: nil), .pong(2, at: .seconds(43), measures: .seconds(2)),
            ]),
        HeartbeatScenario(
            "a busy peer is pinged one and a half intervals after its last ping",
            [
                .received(at: .seconds(18)), .waits(until: .seconds(30)), .received(at: .seconds(29)), .timer(at: .seconds(30), .ping(1)),
                .received(at: .seconds(31)), .pong(1, at: .seconds(31), measures: .seconds(1)), .received(at: .seconds(59)),
                .waits(until: .seconds(60)), .timer(at: .seconds(60), .ping(2)),
            ]),
        HeartbeatScenario(
            "a busy peer that did not answer is pinged again all the same",
            [
                .received(at: .seconds(29)), .timer(at: .seconds(30), .ping(1)), .received(at: .seconds(45)), .waits(until: .seconds(60)),
                .received(at: .seconds(59)), .waits(until: .seconds(60)), .timer(at: .seconds(60), .ping(2)),
                .pong(2, at: .seconds(61), measures: .seconds(1)),
            ]),
        HeartbeatScenario(
            "a pong after death changes nothing",
            [
                .timer(at: .seconds(20), .ping(1)), .timer(at: .seconds(30), .dead), .pong(1, at: .seconds(31), measures: nil),
                .waits(until: nil),
            ]),
    ]

    static let suspending = [
        HeartbeatScenario(
            "paused while quiet: looked at again every interval, never pinged",
            [
                .paused, .timer(at: .seconds(20), .wait), .timer(at: .seconds(40), .wait), .timer(at: .seconds(60), .wait),
                .timer(at: .seconds(600), .wait), .waits(until: .seconds(620)),
            ]),
        HeartbeatScenario(
            "paused while pinged: not dead",
            [
                .timer(at: .seconds(20), .ping(1)), .paused, .timer(at: .seconds(30), .wait), .timer(at: .seconds(40), .wait),
                .timer(at: .seconds(60), .wait), .timer(at: .seconds(90), .wait),
            ]),
        HeartbeatScenario(
            "paused while pinged and heard of: looked at again every interval",
            [
                .timer(at: .seconds(20), .ping(1)), .received(at: .seconds(21)), .paused, .timer(at: .seconds(41), .wait),
                .timer(at: .seconds(61), .wait), .timer(at: .seconds(81), .wait),
            ]),
        HeartbeatScenario(
            "resumed while pinged: the whole timeout counts from there",
            [
                .timer(at: .seconds(20), .ping(1)), .paused, .timer(at: .seconds(30), .wait), .resumed(at: .seconds(35)),
                .waits(until: .seconds(40)), .timer(at: .seconds(40), .ping(2)), .waits(until: .seconds(45)),
                .timer(at: .seconds(45), .dead),
            ]),
        HeartbeatScenario(
            "resumed while quiet: silence counts from there",
            [
                .received(at: .seconds(1)), .paused, .resumed(at: .seconds(9)), .waits(until: .seconds(29)),
                .timer(at: .seconds(29), .ping(1)), .timer(at: .seconds(39), .dead),
            ]),
        HeartbeatScenario(
            "resumed long after the last ping: one is due at once",
            [
                .paused, .timer(at: .seconds(20), .wait), .timer(at: .seconds(40), .wait), .resumed(at: .seconds(50)),
                .timer(at: .seconds(51), .ping(1)), .timer(at: .seconds(61), .dead),
            ]),
        HeartbeatScenario("reading resumed that was not paused is no life", [.resumed(at: .seconds(9)), .waits(until: .seconds(20))]),
        HeartbeatScenario(
            "paused after death: nothing",
            [
                .timer(at: .seconds(20), .ping(1)), .timer(at: .seconds(30), .dead), .paused, .timer(at: .seconds(99), .wait),
                .resumed(at: .seconds(100)), .waits(until: nil),
            ]),
    ]

    static let clocks = [
        HeartbeatScenario(
            "early timers wait and change nothing",
            [
                .timer(at: .zero, .wait), .timer(at: .seconds(20) - moment, .wait), .waits(until: .seconds(20)),
                .timer(at: .seconds(20), .ping(1)), .timer(at: .seconds(20) + moment, .wait), .timer(at: .seconds(30) - moment, .wait),
                .waits(until: .seconds(30)),
            ]),
        HeartbeatScenario(
            "a late timer pings first: the timeout counts from the ping",
            [.timer(at: .seconds(3600), .ping(1)), .waits(until: .seconds(3610)), .timer(at: .seconds(7200), .dead)]),
        HeartbeatScenario(
            "a timer from before the opening waits", [.timer(at: .seconds(-5), .wait), .waits(until: .seconds(20))]),
        HeartbeatScenario(
            "a clock that jumps a year pings once, not once an interval",
            [
                .received(at: .seconds(31_536_000)), .timer(at: .seconds(31_536_001), .ping(1)),
                .pong(1, at: .seconds(31_536_002), measures: .seconds(1)), .waits(until: .seconds(31_536_022)),
            ]),
        HeartbeatScenario(
            "the shortest interval does not spin", interval: moment, timeout: moment,
            [.timer(at: moment, .ping(1)), .timer(at: moment * 2, .dead)]),
    ]
}
