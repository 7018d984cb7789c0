import RoadsteadLoop
import Testing

/// The wheel's promises, one by one. `TimerWheelModelTests` has them all at once.
struct TimerWheelTests {
    @Test func `A timer fires at its deadline and not before`() {
        var wheel = TimerWheel<String>()
        let timer = wheel.arm(at: .milliseconds(30), payload: "a")
        wheel.advance(to: .nanoseconds(29_999_999))
        #expect(wheel.popExpired() == nil)
        wheel.advance(to: .milliseconds(30))
        let fired = wheel.popExpired()
        #expect(fired?.timer == timer)
        #expect(fired?.payload == "a")
        #expect(wheel.popExpired() == nil)
        #expect(wheel.isEmpty)
        #expect(wheel.nextDeadline == nil)
    }

    @Test(arguments: [
        Duration.zero, .nanoseconds(1), .milliseconds(10), .milliseconds(640), .milliseconds(40_960), .seconds(41), .seconds(3600),
        .seconds(86_400 * 30), .seconds(1 << 40), .seconds(1 << 41),
    ])
    func `However far its deadline, a timer fires within a tick of it when the wheel is asked`(delay: Duration) throws {
        var wheel = TimerWheel<Int>()
        _ = wheel.arm(at: delay, payload: 1)
        var time = Duration.zero
        var steps = 0
        var hasFired = false
        while !hasFired, let next = wheel.nextDeadline {
            steps += 1
            try #require(steps < 12, "the wheel asks to be called more than once a level")
            time = next
            wheel.advance(to: time)
            hasFired = wheel.popExpired() != nil
        }
        #expect(hasFired)
        #expect(time >= delay)
        #expect(time < delay + TimerWheel<Int>.resolution)
    }

    @Test func `A deadline beyond the wheel's end counts as its end`() {
        var wheel = TimerWheel<Int>()
        _ = wheel.arm(at: .seconds(Int64.max), payload: 1)
        wheel.advance(to: .seconds(1 << 41))
        #expect(wheel.popExpired() == nil)
        wheel.advance(to: .seconds(Int64.max))
        #expect(wheel.popExpired()?.payload == 1)
    }

    @Test func `Timers of one tick fire in the order they were armed, whichever level they came from`() {
        var wheel = TimerWheel<Int>()
        _ = wheel.arm(at: .seconds(60), payload: 0)
        wheel.advance(to: .seconds(30))
        _ = wheel.arm(at: .seconds(60), payload: 1)
        wheel.advance(to: .milliseconds(59_900))
        _ = wheel.arm(at: .seconds(60), payload: 2)
        wheel.advance(to: .seconds(61))
        var fired: [Int] = []
        while let (_, payload) = wheel.popExpired() { fired.append(payload) }
        #expect(fired == [0, 1, 2])
    }

    @Test func `A timer armed in the past waits for the next advance`() {
        var wheel = TimerWheel<Int>()
        wheel.advance(to: .seconds(5))
        _ = wheel.arm(at: .seconds(1), payload: 1)
        #expect(wheel.popExpired() == nil)
        #expect(wheel.nextDeadline == .seconds(5))
        wheel.advance(to: .seconds(5))
        #expect(wheel.popExpired()?.payload == 1)
        _ = wheel.arm(at: .seconds(5), payload: 2)
        #expect(wheel.popExpired() == nil)
        wheel.advance(to: .seconds(5))
        #expect(wheel.popExpired()?.payload == 2)
    }

    @Test func `A cancelled timer never fires, even when it was already due`() {
        var wheel = TimerWheel<Int>()
        let first = wheel.arm(at: .milliseconds(20), payload: 1)
        let second = wheel.arm(at: .milliseconds(20), payload: 2)
        let third = wheel.arm(at: .milliseconds(20), payload: 3)
        #expect(wheel.cancel(first) == 1)
        wheel.advance(to: .seconds(1))
        #expect(wheel.cancel(second) == 2)
        #expect(wheel.popExpired()?.timer == third)
        #expect(wheel.popExpired() == nil)
    }

    @Test func `The name of a timer that has fired or was cancelled means nothing, even when its place is used again`() {
        var wheel = TimerWheel<Int>()
        let fired = wheel.arm(at: .milliseconds(10), payload: 1)
        wheel.advance(to: .milliseconds(10))
        #expect(wheel.popExpired()?.timer == fired)
        let next = wheel.arm(at: .milliseconds(20), payload: 2)
        #expect(next.index == fired.index)
        #expect(next != fired)
        #expect(wheel.cancel(fired) == nil)
        #expect(wheel.cancel(next) == 2)
        #expect(wheel.cancel(next) == nil)
        #expect(wheel.cancel(.none) == nil)
        #expect(wheel.isEmpty)
    }

    @Test func `Removing everything returns what the timers carried and leaves the wheel usable`() {
        var wheel = TimerWheel<Int>()
        for payload in 0..<10 { _ = wheel.arm(at: .seconds(Int64(1) << Int64(payload * 3)), payload: payload) }
        _ = wheel.arm(at: .zero, payload: 10)
        #expect(Set(wheel.removeAll()) == Set(0...10))
        #expect(wheel.isEmpty)
        #expect(wheel.nextDeadline == nil)
        _ = wheel.arm(at: .seconds(7), payload: 11)
        wheel.advance(to: .seconds(7))
        #expect(wheel.popExpired()?.payload == 11)
    }
}
