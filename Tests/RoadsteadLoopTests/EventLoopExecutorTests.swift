import RoadsteadLoop
import Testing

/// The mailbox, and actors that live on a loop.
@Suite(.timeLimit(.minutes(1)))
struct EventLoopExecutorTests {
    /// An actor pinned to a loop, as a shard is.
    private actor Counter {
        nonisolated let loop: EventLoop
        private(set) var value = 0

        nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

        init(loop: EventLoop) {
            self.loop = loop
        }

        func increment() -> Bool {
            value += 1
            return loop.isCurrent
        }

        func incrementBoth(_ other: Counter) async -> Bool {
            let wasElsewhere = await other.increment()
            return increment() && wasElsewhere
        }
    }

    @Test func `What one thread posts runs in its order, from however many threads`() async throws {
        try await EventLoop.forTest { loop in
            let posters = try (0..<6).map { try EventLoop(name: "poster \($0)") }
            let each = 4000
            let seen = Events<(poster: Int, sequence: Int)>()
            for (index, poster) in posters.enumerated() {
                poster.execute { for sequence in 0..<each { loop.execute { seen.record((index, sequence)) } } }
                poster.start()
            }
            let all = await seen.first(posters.count * each)
            for index in posters.indices {
                #expect(all.filter { $0.poster == index }.map(\.sequence) == Array(0..<each))
            }
            for poster in posters {
                poster.stop()
                poster.join()
            }
        }
    }

    @Test func `What a task posts from the loop itself runs after what was posted before it`() async throws {
        try await EventLoop.forTest { loop in
            let seen = Events<Int>()
            loop.execute {
                loop.execute {
                    seen.record(1)
                    loop.execute { seen.record(3) }
                }
                loop.execute { seen.record(2) }
                seen.record(0)
            }
            #expect(await seen.first(4) == [0, 1, 2, 3])
        }
    }

    @Test func `What was posted before the start runs after it`() async throws {
        let loop = try EventLoop(name: "late")
        let seen = Events<Bool>()
        loop.execute { seen.record(loop.isCurrent) }
        #expect(!loop.isCurrent)
        #expect(seen.all.isEmpty)
        loop.start()
        #expect(await seen.first(1) == [true])
        loop.stop()
        loop.join()
    }

    @Test func `Actors pinned to loops run there and call each other`() async throws {
        try await EventLoop.forTest { loop in
            try await EventLoop.forTest("other") { otherLoop in
                let counter = Counter(loop: loop)
                let other = Counter(loop: otherLoop)
                await withTaskGroup(of: Bool.self) { group in
                    for _ in 0..<200 {
                        group.addTask { await counter.incrementBoth(other) }
                        group.addTask { await other.incrementBoth(counter) }
                    }
                    for await ranThere in group { #expect(ranThere) }
                }
                #expect(await counter.value == 400)
                #expect(await other.value == 400)
            }
        }
    }

    @Test func `Code that the loop calls may assume an actor's isolation`() async throws {
        try await EventLoop.forTest { loop in
            let counter = Counter(loop: loop)
            let (near, far) = TestSockets.pair()
            defer { Socket.close(far) }
            let values = Events<Int>()
            _ = try await loop.run {
                try ClosureHandler.register(near, on: loop) { _, _, readiness in
                    guard readiness.contains(.readable) else { return }
                    values.record(
                        counter.assumeIsolated { counter in
                            _ = counter.increment()
                            return counter.value
                        })
                }
            }
            _ = await counter.increment()
            TestSockets.send("a", to: far)
            #expect(await values.first(1) == [2])
            #expect(loop.isIsolatingCurrentContext() == false)
        }
    }

    @Test func `After the end, actors go on working and nothing can be registered or armed`() async throws {
        let loop = try EventLoop(name: "ended")
        loop.start()
        let counter = Counter(loop: loop)
        #expect(await counter.increment())
        loop.stop()
        loop.join()
        loop.join()
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<200 { group.addTask { await counter.increment() } }
            for await ranThere in group { #expect(ranThere) }
        }
        #expect(await counter.value == 201)
        try await loop.run {
            #expect(throws: LoopError.loopEnded(name: "ended")) { try ClosureHandler.register(0, on: loop) { _, _, _ in } }
            #expect(loop.arm(at: .now, handler: ClosureTimer { _ in }) == .none)
        }
        #expect(!loop.isCurrent)
    }

    @Test func `Stopping runs what was posted before, releases handlers and timers, and runs what those post`() async throws {
        let loop = try EventLoop(name: "stopping")
        let (near, far) = TestSockets.pair()
        let log = Events<String>()
        loop.execute {
            do {
                let onDeinit: @Sendable () -> Void = {
                    log.record("handler released")
                    loop.execute { log.record("posted by the handler's deinit") }
                }
                try ClosureHandler.register(near, on: loop, onDeinit: onDeinit) { _, _, _ in }
            } catch {
                log.record("\(error)")
            }
            final class Released: TimerHandler {
                let log: Events<String>
                init(_ log: Events<String>) { self.log = log }
                deinit { log.record("timer released") }
                func timerFired(_ timer: TimerID) {}
            }
            _ = loop.arm(at: .now + .seconds(3600), handler: Released(log))
        }
        loop.execute { log.record("ran") }
        loop.stop()
        loop.start()
        loop.join()
        #expect(log.all == ["ran", "handler released", "timer released", "posted by the handler's deinit"])
        // A child that another test is starting holds the descriptor too, for the moment between its fork and its exec.
        TestSockets.awaitReadable(far)
        #expect(TestSockets.receive(from: far).outcome == .endOfStream)
        Socket.close(far)
    }

    @Test func `A loop that was never started can be stopped, joined and dropped`() throws {
        weak var dropped: EventLoop?
        do {
            let loop = try EventLoop(name: "idle")
            loop.stop()
            loop.join()
            dropped = loop
        }
        #expect(dropped == nil)
    }

    @Test func `Statistics and the observer tell of each wake-up`() async throws {
        try await EventLoop.forTest { loop in
            let spent = Events<Duration>()
            let before = try await loop.run {
                loop.wakeUpObserver = { spent.record($0) }
                return loop.statistics
            }
            try await loop.settle()
            let after = try await loop.run { loop.statistics }
            #expect(after.wakeUps > before.wakeUps)
            #expect(after.busy > .zero)
            #expect(after.busy <= after.total)
            #expect(spent.all.count >= Int(after.wakeUps - before.wakeUps))
            #expect(spent.all.allSatisfy { $0 > .zero })
        }
    }

    @Test func `Calling a loop's own functions from elsewhere traps`() async {
        await #expect(processExitsWith: .failure) {
            let loop = try EventLoop(name: "strict")
            loop.start()
            loop.cancel(.none)
        }
    }
}
