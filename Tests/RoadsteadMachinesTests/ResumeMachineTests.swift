import RoadsteadMachines
import TestSupport
import Testing

@Suite("An outage")
struct ResumeMachineTests {
    private static func machine(replayFirst: Int = 0, hold: Duration = .seconds(30)) -> ResumeMachine {
        ResumeMachine(
            at: start, hold: hold, replayFirst: replayFirst, backoff: Backoff(initial: .milliseconds(100), maximum: .seconds(10)))
    }

    @Test("begins with the loss, and another upstream is asked for at once")
    func begins() {
        var generator = SeededGenerator(seed: 1)
        var machine = Self.machine()
        #expect(machine.outage == nil)
        let until = machine.lost(at: at(.seconds(100)), using: &generator)
        #expect(until == at(.seconds(130)))
        #expect(machine.outage?.since == at(.seconds(100)) && machine.outage?.notBefore == at(.seconds(100)))
        // Once more, late: the same outage.
        let again = machine.lost(at: at(.seconds(105)), using: &generator)
        #expect(again == at(.seconds(130)))
        #expect(machine.outage?.since == at(.seconds(100)) && machine.outage?.notBefore == at(.seconds(100)))
        #expect(machine.attached(at: at(.seconds(106)), received: 0, kept: 0) == 0)
        #expect(machine.outage == nil)
    }

    @Test("of a first upstream that lived for a moment only is one like any other")
    func beginsEarly() {
        var generator = SeededGenerator(seed: 1)
        var machine = Self.machine()
        let until = machine.lost(at: at(.milliseconds(1)), using: &generator)
        #expect(until == at(.milliseconds(30_001)) && machine.outage?.notBefore == at(.milliseconds(1)))
    }

    @Test("is a new one when the next upstream is lost within a second, but the waits are longer and longer")
    func goesOn() throws {
        var generator = SeededGenerator(seed: 3)
        var machine = Self.machine()
        var now = at(.seconds(100))
        _ = machine.lost(at: now, using: &generator)
        var waits: [Duration] = []
        for _ in 0..<20 {
            now += .milliseconds(10)
            _ = machine.attached(at: now, received: 0, kept: 0)
            now += .milliseconds(999)
            let until = machine.lost(at: now, using: &generator)
            #expect(until == now + .seconds(30))
            let outage = try #require(machine.outage)
            #expect(outage.since == now && outage.notBefore >= now)
            waits.append(now.duration(to: outage.notBefore))
            // Said once more, late: neither the outage nor its wait begins anew.
            let again = machine.lost(at: now + .milliseconds(1), using: &generator)
            #expect(again == until && machine.outage?.since == now && machine.outage?.notBefore == outage.notBefore)
        }
        #expect(waits[0] <= .milliseconds(100) && waits[5] <= .milliseconds(3200) && (waits.max() ?? .zero) <= .seconds(10))
        #expect((waits.max() ?? .zero) > .seconds(2))
    }

    @Test("is over when an upstream has lived for a second: the next one is new")
    func ends() {
        var generator = SeededGenerator(seed: 1)
        var machine = Self.machine()
        _ = machine.lost(at: at(.seconds(100)), using: &generator)
        _ = machine.attached(at: at(.seconds(110)), received: 0, kept: 0)
        let until = machine.lost(at: at(.seconds(111)), using: &generator)
        #expect(until == at(.seconds(141)))
        #expect(machine.outage?.since == at(.seconds(111)) && machine.outage?.notBefore == at(.seconds(111)))
    }

    @Test("has the first messages sent again, but only those that an upstream had got")
    func repeats() {
        var generator = SeededGenerator(seed: 1)
        var machine = Self.machine(replayFirst: 3)
        #expect(machine.attached(at: start, received: 0, kept: 0) == 0)
        _ = machine.lost(at: at(.seconds(10)), using: &generator)
        // Two of four had been delivered: two are repeated, and the two kept ones follow.
        #expect(machine.attached(at: at(.seconds(11)), received: 4, kept: 2) == 2)
        // It got one of the two repeats.
        #expect(machine.repeatsAmong(unsent: 3, received: 4) == 1)
        _ = machine.lost(at: at(.seconds(20)), using: &generator)
        #expect(machine.attached(at: at(.seconds(21)), received: 4, kept: 2) == 2)
        _ = machine.lost(at: at(.seconds(30)), using: &generator)
        #expect(machine.attached(at: at(.seconds(31)), received: 9, kept: 1) == 3)
    }

    static let losses: [(delivered: UInt64, received: UInt64, unsent: Int, repeats: Int)] = [
        (0, 0, 0, 0), (5, 5, 0, 0), (5, 5, 1, 1), (5, 5, 2, 2), (5, 8, 0, 0), (5, 8, 1, 0), (5, 8, 3, 0), (5, 8, 4, 1), (5, 8, 5, 2),
        (0, 8, 8, 0),
    ]

    @Test("knows of the unsent messages which were only repeated ones", arguments: losses)
    func tellsRepeats(_ row: (delivered: UInt64, received: UInt64, unsent: Int, repeats: Int)) {
        var machine = Self.machine(replayFirst: 2)
        _ = machine.attached(at: start, received: row.delivered, kept: 0)
        #expect(machine.repeatsAmong(unsent: row.unsent, received: row.received) == row.repeats)
    }

    @Test("of random stories loses no message of a session, and repeats only its first ones")
    func keepsInvariants() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for round in 0..<20_000 {
            if let problem = story(using: &generator) {
                Issue.record("seed \(seed), round \(round): \(problem)")
                return
            }
        }
    }

    /// A session that numbers its messages, and upstreams that get some of what is queued for them before they are lost.
    private func story(using generator: inout SeededGenerator) -> String? {
        let replayFirst = generator.pick([0, 1, 2, 5])
        let hold = generator.pick([.seconds(1), .seconds(30)] as [Duration])
        var machine = Self.machine(replayFirst: replayFirst, hold: hold)
        var (now, received) = (start, 0)
        var (kept, got): ([Int], [Int]) = ([], [])
        _ = machine.attached(at: now, received: 0, kept: 0)
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
            let repeats = machine.attached(at: now, received: UInt64(received), kept: kept.count)
            guard repeats <= replayFirst, Set(0..<repeats).isSubset(of: got) else { return "repeats \(repeats), got \(got)" }
            guard repeats == min(replayFirst, received - kept.count) else { return "\(repeats) repeated of \(received) without \(kept)" }
            var queue = Array(0..<repeats) + kept
            for _ in 0..<Int.random(in: 0...6, using: &generator) {
                queue.append(received)
                received += 1
            }
            let written = Int.random(in: 0...queue.count, using: &generator)
            got += queue.prefix(written)
            let unsent = queue.dropFirst(written)
            let again = machine.repeatsAmong(unsent: unsent.count, received: UInt64(received))
            guard again == unsent.count(where: { got.contains($0) || $0 < repeats }) || repeats == 0 && again == 0 else {
                return "\(again) repeats among \(unsent) after \(repeats)"
            }
            kept = Array(unsent.dropFirst(again))
            let wasLongLived = generator.chance(2)
            now += wasLongLived ? .seconds(1) : .milliseconds(Int.random(in: 0...999, using: &generator))
            let until = machine.lost(at: now, using: &generator)
            guard until == now + hold, let outage = machine.outage, outage.since == now else { return "held until \(until)" }
            guard outage.notBefore >= now, outage.notBefore <= now + .seconds(10) else { return "asked after \(outage.notBefore)" }
            for _ in 0..<Int.random(in: 0...3, using: &generator) {
                kept.append(received)
                received += 1
            }
            now += .milliseconds(Int.random(in: 0...500, using: &generator))
        }
        // Each message either reached an upstream, in order on the whole, or is kept.
        let firsts = got.reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
        guard firsts == Array(0..<firsts.count), firsts + kept == Array(0..<received) else { return "got \(got), kept \(kept)" }
        let counts = Dictionary(grouping: got, by: \.self).mapValues(\.count)
        return counts.allSatisfy { $0.value == 1 || $0.key < replayFirst } ? nil : "more than the first was repeated: \(got)"
    }
}
