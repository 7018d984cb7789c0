import RoadsteadMachines
import TestSupport
import Testing

@Suite("Waits of a reconnect")
struct BackoffTests {
    @Test(
        "have an upper bound that doubles up to the maximum",
        arguments: [
            (100, 10_000, [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]),
            (100, 400, [100, 200, 400, 400]), (100, 399, [100, 200, 399, 399]), (100, 401, [100, 200, 400, 401, 401]),
            (100, 100, [100, 100]), (100, 50, [50, 50]), (0, 0, [0, 0]),
        ] as [(Int, Int, [Int])])
    func doubles(initial: Int, maximum: Int, bounds: [Int]) {
        var generator = SeededGenerator(seed: 1)
        var backoff = Backoff(initial: .milliseconds(initial), maximum: .milliseconds(maximum))
        for bound in bounds {
            #expect(backoff.bound == .milliseconds(bound))
            _ = backoff.next(using: &generator)
        }
    }

    @Test("are spread over the whole of it, nothing and the bound included")
    func fullJitter() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        let bound = Duration.milliseconds(100)
        var quarters = [0, 0, 0, 0]
        for _ in 0..<4000 {
            var backoff = Backoff(initial: bound, maximum: .seconds(10))
            let wait = backoff.next(using: &generator)
            #expect(wait >= .zero && wait <= bound, "seed \(seed): \(wait)")
            quarters[min(3, Int(wait / bound * 4))] += 1
        }
        // A quarter of 4000 is 1000, give or take 27 in two cases of three.
        #expect(quarters.allSatisfy { (800...1200).contains($0) }, "seed \(seed): \(quarters)")
        let smallest = Duration(attoseconds: 1)
        let ends = Set(
            (0..<100).map { _ in
                var backoff = Backoff(initial: smallest, maximum: smallest)
                return backoff.next(using: &generator)
            })
        #expect(ends == [.zero, smallest], "seed \(seed)")
    }

    @Test(
        "never overflow, however many there are and however long they may be",
        arguments: [
            Duration.milliseconds(1), .seconds(86_400), .seconds(Int64.max),
        ])
    func neverOverflows(maximum: Duration) {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        var backoff = Backoff(initial: .milliseconds(1), maximum: maximum)
        for _ in 0..<10_000 {
            let bound = backoff.bound
            let wait = backoff.next(using: &generator)
            #expect(wait >= .zero && wait <= bound && backoff.bound <= maximum, "seed \(seed)")
        }
        #expect(backoff.bound == maximum)
    }

    @Test("begin anew after a success")
    func begins() {
        var generator = SeededGenerator(seed: 1)
        var backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(10))
        for _ in 0..<5 { _ = backoff.next(using: &generator) }
        backoff.reset()
        #expect(backoff == Backoff(initial: .milliseconds(100), maximum: .seconds(10)))
    }
}
