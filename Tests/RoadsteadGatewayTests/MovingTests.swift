import RoadsteadConfig
import RoadsteadMachines
import RoadsteadMetrics
import RoadsteadWire
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// Sessions that are moved from one endpoint to another while nothing is wrong.
    @Suite struct MovingTests {
        private static func configuration(_ backends: [TestBackend], change: (inout Configuration) -> Void = { _ in }) -> Configuration {
            .relaying(to: backends.map(\.url)) {
                $0.upstreams[0].balance = .roundRobin
                $0.routes[0].timeouts.idle = .seconds(1)
                change(&$0)
            }
        }

        @Test func `a session of a drained endpoint moves between two messages, and both backends are told`() async throws {
            let backends = [try TestBackend(), try TestBackend()]
            try await TestGateway.running(Self.configuration(backends)) { gateway in
                let (client, old, id) = try gateway.openRelay(backends[0])
                try client.send("before")
                #expect(try old.receive() == .text("before"))
                await gateway.drainEndpoint(0)
                let new = try backends[1].acceptRequest()
                #expect(new.request?.headers.all("Roadstead-Attach") == ["2"])
                // The session stays where it is until the other one has answered.
                try client.send("still there")
                #expect(try old.receive() == .text("still there"))
                try new.answer()
                try old.send("late words")
                #expect(try old.receive() == .close(code: 1001, reason: "moved"))
                try client.send("here now")
                #expect(try new.receive() == .text("here now"))
                try new.send("welcome")
                try old.webSocket.sendClose(1001)
                #expect(try client.receive() == .text("late words"))
                #expect(try client.receive() == .text("welcome"))
                let snapshot = await gateway.snapshot(id)
                #expect(snapshot?.endpoint == backends[1].url && snapshot?.attach == 2 && snapshot?.state == .open)
                #expect(await gateway.metric(MetricCatalogue.reattachments, ["relay", "moved"]) == 1)
                try await Patience.until("only the session's own connection is left") { await gateway.holdings().leases == 1 }
            }
        }

        @Test func `the new backend is heard as soon as the old one has nothing more to say, though it does not answer the close`()
            async throws
        {
            let backends = [try TestBackend(), try TestBackend()]
            try await TestGateway.running(Self.configuration(backends)) { gateway in
                let (client, old, _) = try gateway.openRelay(backends[0])
                await gateway.drainEndpoint(0)
                let new = try backends[1].reattach(2)
                let begun = ContinuousClock.now
                try new.send("welcome")
                #expect(try client.receive() == .text("welcome"))
                let took = begun.duration(to: .now)
                #expect(took < .seconds(2), "\(took)")
                #expect(try old.receive() == .close(code: 1001, reason: "moved"))
            }
        }

        @Test func `a slow client misses nothing of what the old backend said`() async throws {
            let backends = [try TestBackend(), try TestBackend()]
            let configuration = Self.configuration(backends) { $0.routes[1].limits.outbound = 64 * 1024 }
            try await TestGateway.running(configuration) { gateway in
                let (client, old, id) = try gateway.openRelay(backends[0])
                Descriptor.shrinkReceiveBuffer(client.stream.descriptor)
                var count = 0
                while await gateway.snapshot(id)?.queuedBytes ?? 0 <= 64 * 1024 {
                    for place in 0..<16 { try old.send(Flood.message(count + place, size: 4096)) }
                    count += 16
                }
                // Unread by the gateway, since its client takes nothing.
                for place in 0..<64 { try old.send(Flood.message(count + place, size: 4096)) }
                count += 64
                await gateway.drainEndpoint(0)
                let new = try backends[1].reattach(2)
                try new.send("welcome")
                try await Patience.until("the session has moved") { await gateway.snapshot(id)?.attach == 2 }
                // Longer than a backend must be silent to be left, were it read: a second session's idle timeout.
                let (other, _) = try gateway.open("/echo")
                #expect(try other.receive() == .close(code: 1000, reason: "idle for too long"))
                for number in 0..<count { #expect(try client.receive() == .binary(Flood.message(number, size: 4096))) }
                #expect(try client.receive() == .text("welcome"))
            }
        }

        @Test func `what the new backend says right behind its 101 waits for what the old one still says`() async throws {
            let backends = [try TestBackend(), try TestBackend()]
            try await TestGateway.running(Self.configuration(backends)) { gateway in
                let (client, old, id) = try gateway.openRelay(backends[0])
                await gateway.drainEndpoint(0)
                let new = try backends[1].acceptRequest()
                try new.answer(followedBy: new.webSocket.frame(.text, Array("welcome".utf8)) + new.webSocket.frame(.text, [0x31]))
                try await Patience.until("the session has moved") { await gateway.snapshot(id)?.attach == 2 }
                try old.send("late words")
                try new.send("2")
                for expected in ["late words", "welcome", "1", "2"] { #expect(try client.receive() == .text(expected)) }
            }
        }

        @Test func `a backend that is left within a large message may finish it`() async throws {
            let backends = [try TestBackend(), try TestBackend()]
            let configuration = Self.configuration(backends) { $0.routes[1].continuity.buffer = 16 * 1024 }
            try await TestGateway.running(configuration) { gateway in
                let (client, old, id) = try gateway.openRelay(backends[0])
                let piece = Pattern.bytes(100_000)
                try old.webSocket.send(.binary, piece, isFinal: false)
                await gateway.drainEndpoint(0)
                let new = try backends[1].reattach(2)
                try new.send("welcome")
                try await Patience.until("the session has moved") { await gateway.snapshot(id)?.attach == 2 }
                // Longer than it takes to be silent: a second session's idle timeout.
                let (other, _) = try gateway.open("/echo")
                #expect(try other.receive() == .close(code: 1000, reason: "idle for too long"))
                try old.webSocket.send(.continuation, piece)
                #expect(try client.receive() == .binary(piece + piece))
                #expect(try client.receive() == .text("welcome"))
            }
        }

        @Test func `a session in the midst of a message moves when it is over`() async throws {
            let backends = [try TestBackend(), try TestBackend()]
            try await TestGateway.running(Self.configuration(backends)) { gateway in
                let (client, old, id) = try gateway.openRelay(backends[0])
                let piece = Pattern.bytes(200_000)
                try client.webSocket.send(.binary, piece, isFinal: false)
                try await Patience.until("some of it has passed") { await gateway.snapshot(id)?.received.bytes ?? 0 >= 200_000 }
                await gateway.drainEndpoint(0)
                let new = try backends[1].reattach(2)
                try client.webSocket.send(.continuation, piece)
                #expect(try old.receive() == .binary(piece + piece))
                try client.send("next")
                #expect(try new.receive() == .text("next"))
            }
        }

        @Test func `a session whose backend is lost on the way goes on with the new one`() async throws {
            let backends = [try TestBackend(), try TestBackend()]
            try await TestGateway.running(Self.configuration(backends)) { gateway in
                let (client, old, id) = try gateway.openRelay(backends[0])
                try client.webSocket.send(.binary, Pattern.bytes(100_000), isFinal: false)
                await gateway.drainEndpoint(0)
                let new = try backends[1].reattach(2)
                // It cannot move now: it is in the midst of a message.
                #expect(await gateway.snapshot(id)?.attach == 1)
                old.stream.reset()
                try client.webSocket.send(.continuation, Pattern.bytes(10))
                #expect(try new.receive() == .binary(Pattern.bytes(100_000) + Pattern.bytes(10)))
                #expect(await gateway.snapshot(id)?.attach == 2)
            }
        }

        @Test func `a session stays where it is while there is nowhere to go`() async throws {
            let backends = [try TestBackend(), try TestBackend()]
            try await TestGateway.running(Self.configuration(backends)) { gateway in
                let (client, old, id) = try gateway.openRelay(backends[0])
                await gateway.drainEndpoint(1)
                await gateway.drainEndpoint(0)
                for number in 0..<100 {
                    try client.send("\(number)")
                    #expect(try old.receive() == .text("\(number)"))
                }
                #expect(await gateway.snapshot(id)?.attach == 1)
                #expect(try client.close(1000) == [.close(code: 1000, reason: "")])
            }
        }

        @Test func `an endpoint that is given back keeps a session whose next backend has not answered yet`() async throws {
            let backends = [try TestBackend(), try TestBackend()]
            let configuration = Self.configuration(backends) { $0.upstreams[0].pool.connectTimeout = .seconds(60) }
            try await TestGateway.running(configuration) { gateway in
                let (client, old, id) = try gateway.openRelay(backends[0])
                await gateway.drainEndpoint(0)
                let new = try backends[1].acceptRequest()
                let begun = ContinuousClock.now
                await gateway.undrainEndpoint(0)
                #expect(try new.receive().isEnd)
                // A move is given up after ten seconds in any case.
                #expect(begun.duration(to: .now) < .seconds(5))
                try client.send("still there")
                #expect(try old.receive() == .text("still there"))
                #expect(await gateway.snapshot(id)?.attach == 1)
                #expect(await gateway.holdings().leases == 1)
            }
        }

        @Test func `an endpoint that is given back keeps a session that waits for the end of its message`() async throws {
            let backends = [try TestBackend(), try TestBackend()]
            try await TestGateway.running(Self.configuration(backends)) { gateway in
                let (client, old, id) = try gateway.openRelay(backends[0])
                let piece = Pattern.bytes(200_000)
                try client.webSocket.send(.binary, piece, isFinal: false)
                try await Patience.until("some of it has passed") { await gateway.snapshot(id)?.received.bytes ?? 0 >= 200_000 }
                await gateway.drainEndpoint(0)
                let new = try backends[1].reattach(2)
                try new.send("not for this client")
                let begun = ContinuousClock.now
                await gateway.undrainEndpoint(0)
                #expect(try new.receive() == .close(code: 1001, reason: "moved"))
                // A move is given up after ten seconds in any case.
                #expect(begun.duration(to: .now) < .seconds(5))
                try new.webSocket.sendClose(1001)
                try client.webSocket.send(.continuation, piece)
                #expect(try old.receive() == .binary(piece + piece))
                try old.send("answer")
                #expect(try client.receive() == .text("answer"))
                let snapshot = await gateway.snapshot(id)
                #expect(snapshot?.endpoint == backends[0].url && snapshot?.attach == 1)
                #expect(await gateway.metric(MetricCatalogue.reattachments, ["relay", "moved"]) == 0)
                try await Patience.until("only the session's own connection is left") { await gateway.holdings().leases == 1 }
                // Whoever stayed can still move.
                await gateway.drainEndpoint(0)
                let next = try backends[1].reattach(2)
                #expect(try old.receive() == .close(code: 1001, reason: "moved"))
                try client.send("here now")
                #expect(try next.receive() == .text("here now"))
            }
        }

        @Test func `a session that is evened out may take its time, though no endpoint drains`() async throws {
            let backends = [try TestBackend(), try TestBackend()]
            try await TestGateway.running(Self.configuration(backends)) { gateway in
                await gateway.drainEndpoint(1)
                let sessions = [try gateway.openRelay(backends[0]), try gateway.openRelay(backends[0])]
                let piece = Pattern.bytes(100_000)
                for (client, _, id) in sessions {
                    try client.webSocket.send(.binary, piece, isFinal: false)
                    try await Patience.until("some of it has passed") { await gateway.snapshot(id)?.received.bytes ?? 0 >= 100_000 }
                }
                await gateway.undrainEndpoint(1)
                // Until the loop knows that there are two again, nothing is uneven.
                try await Patience.until("one of them is on its way") {
                    await gateway.gateway.rebalance(0)
                    return await gateway.holdings().leases == 3
                }
                let new = try backends[1].reattach(2)
                // Many ticks: a second session's idle timeout.
                let (other, _) = try gateway.open("/echo")
                #expect(try other.receive() == .close(code: 1000, reason: "idle for too long"))
                for (client, old, _) in sessions {
                    try client.webSocket.send(.continuation, piece)
                    #expect(try old.receive() == .binary(piece + piece))
                }
                try await Patience.until("one of them has moved") {
                    await gateway.metric(MetricCatalogue.reattachments, ["relay", "moved"]) == 1
                }
                for (client, _, id) in sessions where await gateway.snapshot(id)?.attach == 2 {
                    try client.send("here now")
                    #expect(try new.receive() == .text("here now"))
                }
            }
        }

        @Test func `a kicked session on the way leaves nothing`() async throws {
            let backends = [try TestBackend(), try TestBackend()]
            try await TestGateway.running(Self.configuration(backends)) { gateway in
                let (client, old, id) = try gateway.openRelay(backends[0])
                await gateway.drainEndpoint(0)
                let new = try backends[1].acceptRequest()
                #expect(try gateway.admin("DELETE", "/api/v1/sessions/\(id)").head.status == 204)
                #expect(try client.receive() == .close(code: 1008, reason: "kicked"))
                #expect(try old.receive() == .close(code: 1001, reason: "kicked"))
                #expect(try new.receive().isEnd)
                try old.webSocket.sendClose(1001)
                try await Patience.until("the leases are given back") { await gateway.holdings().leases == 0 }
            }
        }
    }
}

extension TestGateway {
    /// What an operator does: the first upstream's endpoint is to be empty.
    func drainEndpoint(_ endpoint: Int) async { await gateway.setDraining(true, upstream: 0, endpoint: endpoint) }

    /// The operator thinks better of it.
    func undrainEndpoint(_ endpoint: Int) async { await gateway.setDraining(false, upstream: 0, endpoint: endpoint) }
}
