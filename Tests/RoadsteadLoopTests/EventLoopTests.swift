import Glibc
import RoadsteadLoop
import Testing

/// Readiness: what handlers are told, when, and what no longer reaches them.
@Suite(.timeLimit(.minutes(1)))
struct EventLoopTests {
    @Test func `A handler that reads to the end gets all bytes and then the end of the stream`() async throws {
        try await EventLoop.forTest { loop in
            let (near, far) = TestSockets.pair()
            let texts = Events<String>()
            _ = try await loop.run {
                try ClosureHandler.register(near, on: loop) { _, _, readiness in
                    guard readiness.contains(.readable) else { return }
                    while true {
                        let (outcome, text) = TestSockets.receive(from: near, limit: 3)
                        switch outcome {
                        case .bytes: texts.record(text)
                        case .wouldBlock: return
                        case .endOfStream: return texts.record("end, \(readiness.contains(.peerFinished))")
                        case .failed(let code): return texts.record("failed \(code)")
                        }
                    }
                }
            }
            TestSockets.send("abcdefgh", to: far)
            #expect(await texts.first(3) == ["abc", "def", "gh"])
            Socket.close(far)
            #expect(await texts.first(4).last == "end, true")
        }
    }

    @Test func `Bytes left behind are not reported again until more come`() async throws {
        try await EventLoop.forTest { loop in
            let (near, far) = TestSockets.pair()
            defer { Socket.close(far) }
            let texts = Events<String>()
            _ = try await loop.run {
                try ClosureHandler.register(near, on: loop) { _, _, readiness in
                    if readiness.contains(.readable) { texts.record(TestSockets.receive(from: near, limit: 1).text) }
                }
            }
            TestSockets.send("abc", to: far)
            #expect(await texts.first(1) == ["a"])
            try await loop.settle()
            #expect(texts.all == ["a"])
            TestSockets.send("d", to: far)
            #expect(await texts.first(2) == ["a", "b"])
        }
    }

    @Test func `A handler that calls again goes on reading without new events`() async throws {
        try await EventLoop.forTest { loop in
            let (near, far) = TestSockets.pair()
            defer { Socket.close(far) }
            let texts = Events<String>()
            TestSockets.send("abc", to: far)
            _ = try await loop.run {
                try ClosureHandler.register(near, on: loop) { loop, registration, readiness in
                    guard readiness.contains(.readable) else { return }
                    let (outcome, text) = TestSockets.receive(from: near, limit: 1)
                    texts.record(outcome == .wouldBlock ? "empty" : text)
                    if outcome != .wouldBlock { for _ in 0..<3 { loop.again(registration) } }
                }
            }
            #expect(await texts.first(4) == ["a", "b", "c", "empty"])
            try await loop.settle()
            #expect(texts.all.count == 4, "again is idempotent within an iteration")
        }
    }

    @Test func `An event and a call to again make one call of the handler in an iteration`() async throws {
        try await EventLoop.forTest { loop in
            let (near, far) = TestSockets.pair()
            defer { Socket.close(far) }
            let calls = Events<Readiness>()
            let registration = try await loop.run {
                try ClosureHandler.register(near, on: loop) { _, _, readiness in calls.record(readiness) }
            }
            // A registration's first event says that the socket is writable.
            #expect(await calls.first(1) == [.writable])
            try await loop.run {
                loop.again(registration)
                TestSockets.send("a", to: far)
            }
            try await loop.settle()
            #expect(calls.all == [.writable, [.readable, .writable]])
            try await loop.run { loop.again(registration) }
            try await loop.settle()
            #expect(calls.all.count == 3)
            #expect(calls.all.last == .readable)
        }
    }

    @Test func `A handler that calls again during an event is called in the next iteration, once`() async throws {
        try await EventLoop.forTest { loop in
            let (near, far) = TestSockets.pair()
            defer { Socket.close(far) }
            let wakeUps = Events<UInt64>()
            let registration = try await loop.run {
                try ClosureHandler.register(near, on: loop) { loop, registration, readiness in
                    guard readiness.contains(.readable) else { return }
                    wakeUps.record(loop.statistics.wakeUps)
                    if wakeUps.all.count < 3 { loop.again(registration) }
                }
            }
            try await loop.settle()
            try await loop.run {
                // Both pending for the next iteration: the event takes the place of the call, whose own again then counts for the one after.
                loop.again(registration)
                TestSockets.send("a", to: far)
            }
            let seen = await wakeUps.first(3)
            #expect(seen[1] == seen[0] + 1)
            #expect(seen[2] == seen[1] + 1)
            try await loop.settle()
            #expect(wakeUps.all.count == 3)
        }
    }

    @Test func `A handler may close itself: the descriptor stays open and the handler alive until the iteration ends`() async throws {
        try await EventLoop.forTest { loop in
            let (near, far) = TestSockets.pair()
            defer { Socket.close(far) }
            let log = Events<String>()
            _ = try await loop.run {
                try ClosureHandler.register(near, on: loop, onDeinit: { log.record("released") }) { loop, registration, readiness in
                    guard readiness.contains(.readable) else { return }
                    loop.close(registration)
                    loop.close(registration)
                    loop.again(registration)
                    log.record("open: \(TestSockets.isOpen(near))")
                }
            }
            TestSockets.send("a", to: far)
            #expect(await log.first(2) == ["open: true", "released"])
            #expect(try await loop.run { loop.statistics.registrations } == 0)
            // Unread bytes make close a reset on unix sockets too.
            #expect([.endOfStream, .failed(ECONNRESET)].contains(TestSockets.receive(from: far).outcome))
        }
    }

    @Test func `An event for a handler that another one closed in the same batch is dropped`() async throws {
        try await EventLoop.forTest { loop in
            let pairs = (0..<8).map { _ in TestSockets.pair() }
            defer { for pair in pairs { Socket.close(pair.far) } }
            let registrations = Events<Registration>()
            let calls = Events<Registration>()
            try await loop.run {
                for pair in pairs {
                    let registration = try ClosureHandler.register(pair.near, on: loop) { loop, registration, readiness in
                        guard readiness.contains(.readable) else { return }
                        calls.record(registration)
                        for other in registrations.all where other != registration { loop.close(other) }
                    }
                    registrations.record(registration)
                }
            }
            try await loop.settle()
            // On the loop, so that all of them are ready when it next looks.
            try await loop.run { for pair in pairs { TestSockets.send("a", to: pair.far) } }
            try await loop.settle()
            #expect(calls.all.count == 1)
            #expect(try await loop.run { loop.statistics.registrations } == 1)
        }
    }

    @Test func `An event or a call for a closed registration does not reach the next user of its slot`() async throws {
        try await EventLoop.forTest { loop in
            let first = TestSockets.pair()
            let second = TestSockets.pair()
            // A duplicate keeps the first one reporting to epoll after it is closed.
            let duplicate = dup(first.near)
            defer { for descriptor in [first.far, second.far, duplicate] { Socket.close(descriptor) } }
            let calls = Events<String>()
            let old = try await loop.run {
                try ClosureHandler.register(first.near, on: loop) { _, _, _ in calls.record("old") }
            }
            _ = await calls.first(1)
            try await loop.run { loop.close(old) }
            try await loop.settle()
            let new = try await loop.run {
                try ClosureHandler.register(second.near, on: loop) { _, _, readiness in
                    calls.record(readiness.contains(.readable) ? "new readable" : "new")
                }
            }
            #expect(new.slot == old.slot)
            #expect(new.generation != old.generation)
            _ = await calls.first(2)

            TestSockets.send("stale", to: first.far)
            try await loop.run {
                loop.again(old)
                loop.pause(old)
                loop.resume(old)
                loop.close(old)
            }
            try await loop.settle()
            #expect(calls.all == ["old", "new"])
            TestSockets.send("live", to: second.far)
            #expect(await calls.first(3).last == "new readable")
        }
    }

    @Test func `A descriptor that cannot be watched stays the caller's, and its slot is free again`() async throws {
        try await EventLoop.forTest { loop in
            let (near, far) = TestSockets.pair()
            defer { Socket.close(far) }
            try await loop.run {
                #expect(throws: LoopError.system(operation: "watch", subject: "descriptor -1", code: EBADF)) {
                    try ClosureHandler.register(-1, on: loop) { _, _, _ in }
                }
                #expect(loop.statistics.registrations == 0)
                let registration = try ClosureHandler.register(near, on: loop) { _, _, _ in }
                #expect(registration.slot == 0)
            }
        }
    }

    @Test func `A broken connection is reported as failed, and receiving says why`() async throws {
        try await EventLoop.forTest { loop in
            let listener = try Socket.listen(on: SocketAddress(ipv4: 0x7F00_0001, port: 0), backlog: 8, sharesPort: false)
            defer { Socket.close(listener) }
            let (accepted, connected, _) = try TestSockets.connection(through: listener)
            let outcomes = Events<ReceiveOutcome>()
            _ = try await loop.run {
                try ClosureHandler.register(accepted, on: loop) { _, _, readiness in
                    if readiness.contains(.failed) { outcomes.record(TestSockets.receive(from: accepted).outcome) }
                }
            }
            Socket.setLinger0(connected)
            Socket.close(connected)
            #expect(await outcomes.first(1) == [.failed(ECONNRESET)])
        }
    }

    @Test func `A refused connect becomes writable and failed, and its error can be asked for`() async throws {
        try await EventLoop.forTest { loop in
            // A port that was free a moment ago, and that nobody listens on: bound but not listening.
            let listener = try Socket.listen(on: SocketAddress(ipv4: 0x7F00_0001, port: 0), backlog: 8, sharesPort: false)
            let address = try Socket.localAddress(listener)
            Socket.close(listener)
            switch Socket.connect(to: address) {
            case .connected(let descriptor):
                Socket.close(descriptor)
                Issue.record("connected to a port that nobody listens on")
            case .failed(let code):
                #expect(code == ECONNREFUSED)
            case .inProgress(let descriptor):
                let codes = Events<Int32>()
                _ = try await loop.run {
                    try ClosureHandler.register(descriptor, on: loop) { _, _, readiness in
                        if readiness.contains(.writable) { codes.record(Socket.connectError(descriptor)) }
                    }
                }
                #expect(await codes.first(1) == [ECONNREFUSED])
            }
        }
    }

    @Test func `A paused listener reports nothing until it is resumed`() async throws {
        try await EventLoop.forTest { loop in
            let listener = try Socket.listen(on: SocketAddress(ipv4: 0x7F00_0001, port: 0), backlog: 8, sharesPort: false)
            let address = try Socket.localAddress(listener)
            let accepted = Events<Int32>()
            let registration = try await loop.run {
                let handler = ClosureHandler()
                let registration = try loop.registerLevelTriggered(listener, handler: handler)
                // One at a time: the rest is reported again.
                handler.onReady = { _ in
                    if case .accepted(let descriptor, _) = Socket.accept(listener) { accepted.record(descriptor) }
                }
                loop.pause(registration)
                loop.pause(registration)
                return registration
            }
            var clients: [Int32] = []
            for _ in 0..<3 {
                switch Socket.connect(to: address) {
                case .connected(let descriptor), .inProgress(let descriptor): clients.append(descriptor)
                case .failed(let code): Issue.record("connect failed: \(code)")
                }
            }
            TestSockets.awaitReadable(listener)
            try await loop.settle()
            #expect(accepted.all.isEmpty)
            try await loop.run {
                loop.resume(registration)
                loop.resume(registration)
            }
            for descriptor in await accepted.first(3) + clients { Socket.close(descriptor) }
        }
    }
}
