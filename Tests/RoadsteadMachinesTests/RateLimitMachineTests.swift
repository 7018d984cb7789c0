import RoadsteadMachines
import TestSupport
import Testing

@Suite("The rate of a client")
struct RateLimitMachineTests {
    private static func machine(messages: Int? = nil, bytes: Int? = nil, closes: Bool = false, largest: Int = 1000) -> RateLimitMachine {
        RateLimitMachine(
            RateLimitPolicy(messagesPerSecond: messages, bytesPerSecond: bytes, closes: closes, largestMessage: largest), at: start)
    }

    /// Reads whole messages of this size until the machine wants to wait or to close. Returns how many passed.
    private static func read(_ machine: inout RateLimitMachine, upTo count: Int, payload: Int = 0) -> (passed: Int, closes: Bool) {
        for passed in 0..<count {
            guard machine.frameAwaited(isMidFrame: false) == .pass else { return (passed, false) }
            if machine.framePassed(FrameCost(frames: 1, payload: payload), begins: true) { return (passed, true) }
        }
        return (count, false)
    }

    @Test("is one second's worth at once, and then the rate", arguments: [1, 2, 10, 100])
    func messages(rate: Int) {
        var machine = Self.machine(messages: rate)
        machine.readingBegan(at: start)
        #expect(Self.read(&machine, upTo: rate - 1) == (rate - 1, false))
        #expect(machine.resumesAt == .never)
        #expect(Self.read(&machine, upTo: 5) == (1, false))
        var now = machine.resumesAt
        var passed = rate
        while now < at(.seconds(10)) {
            #expect(machine.timerFired(at: now - moment) == false)
            #expect(machine.timerFired(at: now) == true)
            machine.readingBegan(at: now)
            passed += Self.read(&machine, upTo: 1000).passed
            now = machine.resumesAt
        }
        #expect(passed >= 11 * rate - max(1, rate / 20) && passed <= 11 * rate)
    }

    @Test("wakes up twenty times a second at the most", arguments: [1, 20, 1000, 1_000_000])
    func resumptions(rate: Int) {
        var machine = Self.machine(messages: rate)
        machine.readingBegan(at: start)
        #expect(Self.read(&machine, upTo: rate + 1) == (rate, false))
        #expect(machine.resumesAt >= at(.milliseconds(50)) && machine.resumesAt <= at(.seconds(1)))
    }

    @Test("lets a message of any size pass, and then waits until it is paid for")
    func overdraft() {
        var machine = Self.machine(bytes: 100)
        machine.readingBegan(at: start)
        #expect(Self.read(&machine, upTo: 3, payload: 999) == (1, false))
        // 1,000 with the frame; 900 of debt, and then a twentieth of a second's worth.
        #expect(machine.resumesAt == at(.milliseconds(9050)))
    }

    @Test("is asked for each piece of a large message, but only for its bytes")
    func pieces() {
        var machine = Self.machine(messages: 1, bytes: 100)
        machine.readingBegan(at: start)
        #expect(machine.framePassed(FrameCost(frames: 1, payload: 50), begins: true) == false)
        #expect(machine.frameAwaited(isMidFrame: true) == .pass)
        #expect(machine.framePassed(FrameCost(frames: 0, payload: 49), begins: false) == false)
        #expect(machine.frameAwaited(isMidFrame: true) == .wait(isFirst: true))
        #expect(machine.resumesAt == at(.milliseconds(50)))
        #expect(machine.timerFired(at: at(.milliseconds(50))) == true)
        machine.readingBegan(at: at(.milliseconds(50)))
        #expect(machine.frameAwaited(isMidFrame: true) == .pass)
        #expect(machine.frameAwaited(isMidFrame: false) == .wait(isFirst: false))
        #expect(machine.resumesAt == at(.seconds(1)))
    }

    @Test("counts an episode once, until every bucket has been full again")
    func episodes() {
        var machine = Self.machine(messages: 2)
        machine.readingBegan(at: start)
        _ = Self.read(&machine, upTo: 2)
        #expect(machine.frameAwaited(isMidFrame: false) == .wait(isFirst: true))
        machine.readingBegan(at: at(.milliseconds(999)))
        _ = Self.read(&machine, upTo: 1)
        #expect(machine.frameAwaited(isMidFrame: false) == .wait(isFirst: false))
        machine.readingBegan(at: at(.seconds(3)))
        _ = Self.read(&machine, upTo: 2)
        #expect(machine.frameAwaited(isMidFrame: false) == .wait(isFirst: true))
    }

    @Test("closes for the first message too many, and not for the last one allowed", arguments: [1, 2, 10])
    func closesForMessages(rate: Int) {
        var machine = Self.machine(messages: rate, closes: true)
        machine.readingBegan(at: start)
        #expect(Self.read(&machine, upTo: rate) == (rate, false))
        #expect(machine.frameAwaited(isMidFrame: false) == .pass)
        #expect(machine.framePassed(FrameCost(frames: 0, payload: 10), begins: false) == false, "the rest of a message that was counted")
        #expect(machine.framePassed(FrameCost(frames: 1, payload: 0), begins: true) == true)
        #expect(machine.framePassed(FrameCost(frames: 1, payload: 0), begins: true) == false, "once")
        #expect(machine.resumesAt == .never)
    }

    @Test("closes for what begins when there are no bytes left, and not for the rest of what began before")
    func closesForBytes() {
        var machine = Self.machine(bytes: 100, closes: true)
        machine.readingBegan(at: start)
        #expect(machine.framePassed(FrameCost(frames: 1, payload: 500), begins: true) == false)
        #expect(machine.framePassed(FrameCost(frames: 1, payload: 400), begins: false) == false)
        #expect(machine.framePassed(FrameCost(frames: 1, payload: 0), begins: true) == true)
    }

    @Test("closes for one message that never ends")
    func closesForFragments() {
        var machine = Self.machine(bytes: 100, closes: true, largest: 1000)
        machine.readingBegan(at: start)
        #expect(machine.framePassed(FrameCost(frames: 1100, payload: 0), begins: false) == false)
        #expect(machine.framePassed(FrameCost(frames: 1, payload: 0), begins: false) == true)
    }

    @Test("counts a frame as a message, and its payload and one byte more as bytes")
    func costs() {
        let cost = FrameCost(frames: 3, payload: 7)
        #expect(cost.messages == 3 && cost.bytes == 10)
    }

    @Test("is never exceeded by more than one piece, whatever comes when", arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8, 9, 10])
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let messages = generator.pick([nil, 1, 7, 100])
        let bytes = messages == nil ? 50 : generator.pick([nil, 1, 1000])
        var machine = Self.machine(messages: messages, bytes: bytes)
        var (now, passed, taken, largest) = (start, 0, 0, 0)
        for _ in 0..<2000 {
            now = max(now, machine.resumesAt == .never ? now : machine.resumesAt)
            now += .milliseconds(Int64.random(in: 0...20, using: &generator))
            _ = machine.timerFired(at: now)
            machine.readingBegan(at: now)
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                guard machine.frameAwaited(isMidFrame: false) == .pass else { break }
                let cost = FrameCost(frames: 1, payload: Int.random(in: 0...300, using: &generator))
                #expect(machine.framePassed(cost, begins: true) == false)
                passed += cost.messages
                taken += cost.bytes
                largest = max(largest, cost.bytes)
            }
            let seconds = Double(start.duration(to: now).attoseconds) / 1e18
            if let messages { #expect(Double(passed) <= Double(messages) * (seconds + 1), "seed \(seed)") }
            if let bytes { #expect(Double(taken) <= Double(bytes) * (seconds + 1) + Double(largest), "seed \(seed)") }
        }
    }
}
