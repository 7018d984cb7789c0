import RoadsteadMachines
import TestSupport
import Testing

@Suite("A round-trip time")
struct RoundTripTimeTests {
    @Test("reads as nothing until something was measured")
    func beginsEmpty() {
        let time = RoundTripTime()
        #expect(time.last == nil && time.smoothed == nil && time.minimum == nil)
    }

    /// Milliseconds measured, and the last, smoothed and least of them in microseconds.
    static let rows: [([Int], last: Int, smoothed: Int, minimum: Int)] = [
        ([40], 40_000, 40_000, 40_000),
        ([40, 40, 40], 40_000, 40_000, 40_000),
        ([80, 0], 0, 70_000, 0),
        ([8, 16], 16_000, 9_000, 8_000),
        ([16, 8, 16], 16_000, 15_125, 8_000),
        ([0], 0, 0, 0),
    ]

    @Test("keeps the last, the least and a running mean of seven parts old and one part new", arguments: rows)
    func measures(_ milliseconds: [Int], _ last: Int, _ smoothed: Int, _ minimum: Int) {
        var time = RoundTripTime()
        for value in milliseconds { time.measured(.milliseconds(value)) }
        #expect(time.last == .microseconds(last))
        #expect(time.smoothed == .microseconds(smoothed))
        #expect(time.minimum == .microseconds(minimum))
    }

    static let extremes: [(Duration, microseconds: UInt32)] = [
        (.nanoseconds(999), 0),
        (.nanoseconds(1000), 1),
        (.microseconds(4_294_967_294), .max - 1),
        (.microseconds(4_294_967_295), .max),
        (.microseconds(4_294_967_296), .max),
        (.seconds(9_223_372_036_854) + .milliseconds(999), .max),
        (.seconds(Int64.max), .max),
        (.zero - .nanoseconds(1), 0),
        (.seconds(-5), 0),
        (.seconds(Int64.min), 0),
    ]

    @Test("holds whatever a clock may say", arguments: extremes)
    func clamps(_ value: Duration, _ microseconds: UInt32) {
        var time = RoundTripTime()
        time.measured(value)
        let expected = Duration.microseconds(Int64(microseconds))
        #expect(time.last == expected)
        #expect(time.smoothed == expected)
        #expect(time.minimum == expected)
        time.measured(value)
        #expect(time.smoothed == expected)
    }

    @Test("stays between the least and the greatest of what was measured")
    func staysBetween() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var time = RoundTripTime()
            let values = (0..<50).map { _ in Int64.random(in: 0...5_000_000_000, using: &generator) }
            for value in values { time.measured(.microseconds(value)) }
            let clamped = values.map { min($0, Int64(UInt32.max)) }
            let range = Duration.microseconds(clamped.min() ?? 0) ... .microseconds(clamped.max() ?? 0)
            #expect(time.minimum == range.lowerBound, "seed \(seed)")
            #expect(range.contains(time.smoothed ?? .seconds(-1)), "seed \(seed)")
        }
    }
}
