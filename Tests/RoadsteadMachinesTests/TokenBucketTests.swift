import RoadsteadMachines
import TestSupport
import Testing

@Suite("A token bucket")
struct TokenBucketTests {
    @Test("holds one second's worth at the start and never more", arguments: [1, 3, 1000, 1 << 40])
    func full(rate: Int) {
        var bucket = TokenBucket(rate: rate, at: start)
        #expect(bucket.tokens == rate && bucket.isFull)
        bucket.refill(at: at(.seconds(3600)))
        #expect(bucket.tokens == rate)
        bucket.take(1)
        #expect(!bucket.isFull)
        bucket.refill(at: at(.seconds(7200)))
        #expect(bucket.isFull)
    }

    @Test("says exactly when it has so many tokens again", arguments: [(1, 1), (3, 1), (3, 2), (7, 7), (1000, 50), (1 << 40, 12345)])
    func moments(rate: Int, wanted: Int) {
        var bucket = TokenBucket(rate: rate, at: start)
        bucket.take(rate)
        let due = bucket.moment(of: wanted)
        var early = bucket
        early.refill(at: due - .nanoseconds(1))
        #expect(early.tokens < wanted)
        bucket.refill(at: due)
        #expect(bucket.tokens >= wanted && bucket.tokens <= wanted + rate / 1_000_000_000 + 1)
    }

    @Test("pays its debt first")
    func debt() {
        var bucket = TokenBucket(rate: 10, at: start)
        bucket.take(110)
        #expect(bucket.tokens == -100 && bucket.moment(of: 1) == at(.milliseconds(10_100)))
        bucket.refill(at: at(.milliseconds(10_099)))
        #expect(bucket.tokens == 0)
        bucket.refill(at: at(.milliseconds(10_100)))
        #expect(bucket.tokens == 1)
    }

    @Test("gives nothing for a clock that goes back, and nothing twice afterwards")
    func backwards() {
        var bucket = TokenBucket(rate: 10, at: at(.seconds(10)))
        bucket.take(10)
        bucket.refill(at: start)
        #expect(bucket.tokens == 0)
        bucket.refill(at: at(.seconds(10)))
        #expect(bucket.tokens == 0)
        bucket.refill(at: at(.milliseconds(10_500)))
        #expect(bucket.tokens == 5)
        bucket.refill(at: at(.milliseconds(10_200)))
        bucket.refill(at: at(.milliseconds(10_500)))
        #expect(bucket.tokens == 5)
    }

    @Test("gives the same however often it is asked", arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
    func exact(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let rate = generator.pick([1, 3, 7, 20, 999, 1_000_003, 1 << 30])
        var bucket = TokenBucket(rate: rate, at: start)
        bucket.take(2 * rate)
        // A second and a half, in steps that divide nothing evenly.
        var elapsed = Duration.zero
        while elapsed < .milliseconds(1500) {
            elapsed += .nanoseconds(Int64.random(in: 1...3_000_000, using: &generator))
            bucket.refill(at: at(elapsed))
            let earned = Int(elapsed.attoseconds * Int128(rate) / 1_000_000_000_000_000_000)
            // At rates above a token a nanosecond, rounding a moment up may cost a token now and then, and never gives one.
            guard bucket.tokens + rate <= earned, bucket.tokens + rate >= earned - 1 else {
                Issue.record("seed \(seed), rate \(rate): \(bucket.tokens + rate) tokens after \(elapsed), not \(earned)")
                return
            }
        }
    }
}
