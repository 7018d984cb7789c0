import RoadsteadLoop
import Testing

/// The wheel against a plain list that is searched, through tens of thousands of random operations.
struct TimerWheelModelTests {
    /// A list of timers that does what the wheel promises, slowly.
    private struct Model {
        struct Entry {
            let timer: TimerID
            let deadline: Duration
            let payload: Int
        }

        var entries: [Entry] = []
        var now = Duration.zero
    }

    /// splitmix64: small, and the same everywhere for one seed.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    private static let seeds = (0..<4).map { _ in UInt64.random(in: 0...UInt64.max) } + [0, 1]

    @Test(arguments: seeds)
    func `The wheel does what a sorted list does`(seed: UInt64) throws {
        print("timer wheel model seed \(seed)")
        var generator = Generator(state: seed)
        var wheel = TimerWheel<Int>()
        var model = Model()
        for step in 0..<20_000 {
            switch Int.random(in: 0..<100, using: &generator) {
            case ..<45: arm(step, &wheel, &model, &generator)
            case ..<65: cancel(&wheel, &model, &generator)
            default: try advance(&wheel, &model, &generator)
            }
            try #require(wheel.count == model.entries.count, "at step \(step)")
        }
        // Beyond the last deadline there can be, which is 2^45 microseconds (407 days) ahead.
        model.now += .seconds(86_400 * 408)
        try check(&wheel, &model)
        let left = wheel.count
        #expect(left == 0)
    }

    /// Spread over all magnitudes, from the past to a year ahead.
    private func randomDelay(_ generator: inout Generator) -> Duration {
        let magnitude = Int64.random(in: 0...45, using: &generator)
        return .microseconds(Int64.random(in: -1...(1 << magnitude), using: &generator))
    }

    private func arm(_ payload: Int, _ wheel: inout TimerWheel<Int>, _ model: inout Model, _ generator: inout Generator) {
        let deadline = model.now + randomDelay(&generator)
        let timer = wheel.arm(at: deadline, payload: payload)
        model.entries.append(Model.Entry(timer: timer, deadline: deadline, payload: payload))
    }

    private func cancel(_ wheel: inout TimerWheel<Int>, _ model: inout Model, _ generator: inout Generator) {
        guard let index = model.entries.indices.randomElement(using: &generator) else { return }
        let entry = model.entries.remove(at: index)
        #expect(wheel.cancel(entry.timer) == entry.payload)
        #expect(wheel.cancel(entry.timer) == nil)
    }

    private func advance(_ wheel: inout TimerWheel<Int>, _ model: inout Model, _ generator: inout Generator) throws {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0: break
        case ..<8: model.now += .microseconds(Int64.random(in: 0...50_000, using: &generator))
        // Exactly when the wheel asks for it, unless that is far.
        case 8:
            guard let next = wheel.nextDeadline, next < model.now + .seconds(60) else { return }
            model.now = max(next, model.now)
        default:
            // A jump, rarely of days: those fire nearly everything.
            let magnitude = Int64.random(in: 0...(Int.random(in: 0..<50, using: &generator) == 0 ? 40 : 26), using: &generator)
            model.now += .microseconds(1 << magnitude)
        }
        try check(&wheel, &model)
    }

    /// Advances the wheel to the model's time and compares what fires.
    private func check(_ wheel: inout TimerWheel<Int>, _ model: inout Model) throws {
        let due = Set(model.entries.filter { $0.deadline <= model.now }.map(\.payload))
        let deadlines = Dictionary(uniqueKeysWithValues: model.entries.map { ($0.payload, $0) })
        wheel.advance(to: model.now)
        var fired: Set<Int> = []
        while let (timer, payload) = wheel.popExpired() {
            let entry = try #require(deadlines[payload])
            #expect(entry.timer == timer)
            try #require(entry.deadline <= model.now, "fired early")
            #expect(fired.insert(payload).inserted)
        }
        // What is due by less than a tick may still wait for its tick to end.
        for missing in due.subtracting(fired) {
            let entry = try #require(deadlines[missing])
            try #require(entry.deadline + TimerWheel<Int>.resolution > model.now, "due at \(entry.deadline), did not fire by \(model.now)")
        }
        model.entries.removeAll { fired.contains($0.payload) }
        if let earliest = model.entries.map(\.deadline).min() {
            let next = try #require(wheel.nextDeadline)
            try #require(next < max(earliest, model.now) + TimerWheel<Int>.resolution, "asks to be called too late")
        } else {
            #expect(wheel.nextDeadline == nil)
        }
    }
}
