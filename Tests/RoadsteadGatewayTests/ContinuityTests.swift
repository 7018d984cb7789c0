import RoadsteadConfig
import RoadsteadMachines
import RoadsteadMetrics
import RoadsteadWire
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// Sessions that outlive their backends.
    @Suite struct ContinuityTests {
        @Test(arguments: UpstreamLoss.allCases)
        func `a lost backend's session goes on with another connection, and its client notices nothing`(loss: UpstreamLoss) async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, first, id) = try gateway.openRelay(backend, "/relay/room?x=1", ["Cookie: a=b"])
                try client.send("before")
                #expect(try first.receive() == .text("before"))
                try first.send("last words")
                try loss.happen(to: first)
                try await gateway.detached(id)
                for number in 0..<300 { try client.send("kept \(number)") }
                let second = try backend.reattach(2)
                let request = try #require(second.request)
                #expect(request.target == "/relay/room?x=1" && request.headers.all("Cookie") == ["a=b"])
                #expect(request.headers.all("Roadstead-Session") == [id.description])
                #expect(request.headers["Sec-WebSocket-Key"] != first.request?.headers["Sec-WebSocket-Key"])
                for number in 0..<300 { #expect(try second.receive() == .text("kept \(number)")) }
                try client.send("after")
                #expect(try second.receive() == .text("after"))
                try second.send("hello again")
                #expect(try client.receive() == .text("last words"))
                #expect(try client.receive() == .text("hello again"))
                let snapshot = await gateway.snapshot(id)
                #expect(snapshot?.state == .open && snapshot?.attach == 2 && snapshot?.received.messages == 302)
                #expect(await gateway.metric(MetricCatalogue.reattachments, ["relay", "reattached"]) == 1)
                #expect(await gateway.metric(MetricCatalogue.queuedBytes) == 0)
                #expect(try client.close(1000) == [.close(code: 1000, reason: "")])
            }
        }

        @Test(arguments: [1001, 1012, 1013] as [UInt16])
        func `a backend that leaves gets the answer to its close`(code: UInt16) async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, first, _) = try gateway.openRelay(backend)
                try first.webSocket.sendClose(code, "restarting")
                #expect(try first.receive() == .close(code: code, reason: ""))
                #expect(try first.receive().isEnd)
                try client.send("still here")
                #expect(try backend.reattach(2).receive() == .text("still here"))
            }
        }

        @Test func `messages are kept through one loss after the other`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, first, id) = try gateway.openRelay(backend)
                var upstream = first
                for attach in 2...6 {
                    upstream.stream.reset()
                    try await gateway.detached(id)
                    try client.send("\(attach)")
                    upstream = try backend.reattach(attach)
                    #expect(try upstream.receive() == .text("\(attach)"))
                }
            }
        }

        @Test func `an upstream that is lost as soon as it is attached loses nothing of what was kept`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, first, id) = try gateway.openRelay(backend)
                first.stream.reset()
                try await gateway.detached(id)
                try client.send("kept")
                for refusals in 0..<3 {
                    let connection = try backend.acceptRequest()
                    // Hanging up, a server error, and nonsense: none of them was attached.
                    switch refusals {
                    case 0: connection.stream.reset()
                    case 1: try connection.refuse(503)
                    case _: try connection.stream.write(Array("NOT HTTP\r\n\r\n".utf8))
                    }
                }
                #expect(try backend.reattach(2).receive() == .text("kept"))
            }
        }

        @Test func `the first messages are sent again to each new backend, before the kept ones`() async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) { $0.routes[1].continuity.replayFirst = 2 }
            try await TestGateway.running(configuration) { gateway in
                let (client, first, id) = try gateway.openRelay(backend)
                try client.send("who I am")
                #expect(try first.receive() == .text("who I am"))
                first.stream.reset()
                try await gateway.detached(id)
                // Only what a backend had got is repeated; this is the second message, for the first time.
                try client.send("what I want")
                let second = try backend.reattach(2)
                try client.send("three")
                for expected in ["who I am", "what I want", "three"] { #expect(try second.receive() == .text(expected)) }
                second.stream.reset()
                try await gateway.detached(id)
                try client.send("four")
                let third = try backend.reattach(3)
                for expected in ["who I am", "what I want", "four"] { #expect(try third.receive() == .text(expected)) }
            }
        }

        @Test func `first messages too large to be kept close the client when its backend is lost`() async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) {
                $0.routes[1].continuity.replayFirst = 1
                $0.routes[1].continuity.buffer = 4096
            }
            try await TestGateway.running(configuration) { gateway in
                let (client, first, _) = try gateway.openRelay(backend)
                try client.send(Pattern.bytes(5000))
                #expect(try first.receive() == .binary(Pattern.bytes(5000)))
                first.stream.reset()
                #expect(try client.close1012())
            }
        }

        @Test func `the subprotocol stays: a backend that chooses another one is not taken`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, first, id) = try gateway.openRelay(
                    backend, "/relay", ["Sec-WebSocket-Protocol: v1, v2"], subprotocol: "v2")
                first.stream.reset()
                try await gateway.detached(id)
                try client.send("kept")
                let wrong = try backend.acceptRequest()
                #expect(wrong.request?.headers.all("Sec-WebSocket-Protocol") == ["v2"])
                try wrong.answer(subprotocol: nil)
                #expect(try wrong.receive().isEnd)
                #expect(try backend.reattach(2, subprotocol: "v2").receive() == .text("kept"))
            }
        }

        @Test func `another endpoint is taken at once when there is one`() async throws {
            let backends = [try TestBackend(), try TestBackend()]
            let configuration = Configuration.relaying(to: backends.map(\.url)) { $0.upstreams[0].balance = .roundRobin }
            try await TestGateway.running(configuration) { gateway in
                let (client, first, id) = try gateway.openRelay(backends[0])
                first.stream.reset()
                let second = try backends[1].reattach(2)
                try client.send("here now")
                #expect(try second.receive() == .text("here now"))
                #expect(await gateway.snapshot(id)?.endpoint == backends[1].url)
            }
        }

        @Test func `a client that is idle meanwhile is pinged, and held by its pongs`() async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) {
                $0.routes[1].heartbeat.interval = .milliseconds(40)
                $0.routes[1].heartbeat.timeout = .milliseconds(300)
            }
            try await TestGateway.running(configuration) { gateway in
                let (client, first, id) = try gateway.openRelay(backend)
                client.webSocket.answersPings = false
                first.stream.reset()
                try await gateway.detached(id)
                for _ in 0..<5 {
                    guard case .ping(let payload) = try client.receive() else { throw TestFailure("no ping came") }
                    try client.webSocket.send(.pong, payload)
                }
                #expect(await gateway.snapshot(id)?.state == .detached)
                let record = try await gateway.closeRecord(id)
                #expect(record.cause == .heartbeatTimeout && record.closedBy == .network && record.stage == .detached)
            }
        }
    }
}

extension TestGateway {
    /// Waits until a session has lost its backend.
    func detached(_ id: SessionID) async throws {
        try await Patience.until("the session is detached") { await snapshot(id)?.state == .detached }
    }
}
