import RoadsteadLoop
import Testing

/// The wheel against a plain list, and its promises one by one.
struct TimerWheelTests {
    private let origin = ContinuousClock.now

    @Test func `A timer fires at its deadline and not before`() {
        var wheel = TimerWheel<String>(origin: origin)
        let timer = wheel.arm(at: origin + .milliseconds(30), payload: "a")
        wheel.advance(to: origin + .nanoseconds(29_999_999))
        #expect(wheel.popExpired() == nil)
        wheel.advance(to: origin + .milliseconds(30))
        let fired = wheel.popExpired()
        #expect(fired?.timer == timer)
        #expect(fired?.payload == "a")
        #expect(wheel.popExpired() == nil)
        #expect(wheel.isEmpty)
    }

    @Test(arguments: [
        Duration.zero, .nanoseconds(1), .milliseconds(10), .milliseconds(640), .seconds(41), .seconds(3600), .seconds(86_400 * 30), .seconds(1 << 40),
    ])
    func `A deadline is never missed by more than a tick, however far`(delay: Duration) throws {
        var wheel = TimerWheel<Int>(origin: origin)
        _ = wheel.arm(at: origin + delay, payload: 1)
        var steps = 0
        var last = origin
        while let next = wheel.nextDeadline {
            steps += 1
            try #require(steps < 20, "the wheel asks to be called too often")
            last = max(last, next)
            wheel.advance(to: next)
            if wheel.popExpired() != nil { break }
        }
        #expect(last >= origin + delay)
        #expect(last < origin + delay + TimerWheel<Int>.resolution)
        #expect(wheel.isEmpty)
    }
}
