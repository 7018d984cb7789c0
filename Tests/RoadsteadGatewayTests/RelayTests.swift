import RoadsteadConfig
import RoadsteadMachines
import RoadsteadWire
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// The relay route: messages between a client over wss and a backend.
    @Suite struct RelayTests {
        @Test(arguments: [0, 1, 125, 126, 65_535, 65_536, 65_537, 1 << 20])
        func `a message arrives as it went, both ways`(size: Int) async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                backend.serveEcho(1)
                let (client, _) = try gateway.open("/relay")
                try client.send(Pattern.bytes(size))
                #expect(try client.receive() == .binary(Pattern.bytes(size)))
                try client.send(Pattern.text(size))
                #expect(try client.receive() == .text(Pattern.text(size)))
            }
        }

        @Test func `a message of 16 MiB passes where the limit allows it`() async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) { $0.eachRoute { $0.limits.message = 16 << 20 } }
            try await TestGateway.running(configuration) { gateway in
                backend.serveEcho(1)
                let (client, _) = try gateway.open("/relay")
                let bytes = Pattern.bytes(16 << 20)
                try client.send(bytes)
                #expect(try client.receive() == .binary(bytes))
            }
        }

        @Test func `text stays text and binary stays binary`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, upstream, _) = try gateway.openRelay(backend)
                try client.send("text")
                try client.send([0, 255])
                #expect(try upstream.receive() == .text("text"))
                #expect(try upstream.receive() == .binary([0, 255]))
                try upstream.send("more text")
                try upstream.send([255, 0])
                #expect(try client.receive() == .text("more text"))
                #expect(try client.receive() == .binary([255, 0]))
            }
        }

        @Test func `fragments arrive as one message, both ways`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, upstream, _) = try gateway.openRelay(backend)
                for (sender, receiver) in [(client.webSocket, upstream.webSocket), (upstream.webSocket, client.webSocket)] {
                    try sender.send(.binary, Pattern.bytes(40_000), isFinal: false)
                    try sender.send(.continuation, [], isFinal: false)
                    try sender.send(.continuation, Pattern.bytes(40_000), isFinal: false)
                    try sender.send(.continuation, [])
                    #expect(try receiver.receive() == .binary(Pattern.bytes(40_000) + Pattern.bytes(40_000)))
                }
            }
        }

        @Test func `numbered messages keep their order, both ways at once`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, upstream, id) = try gateway.openRelay(backend)
                for number in 0..<1000 {
                    try client.send("to the backend \(number)")
                    try upstream.send("to the client \(number)")
                }
                for number in 0..<1000 {
                    #expect(try upstream.receive() == .text("to the backend \(number)"))
                    #expect(try client.receive() == .text("to the client \(number)"))
                }
                let snapshot = await gateway.snapshot(id)
                #expect(snapshot?.received.messages == 1000 && snapshot?.sent.messages == 1000)
            }
        }

        @Test func `pings are answered by the gateway and not relayed`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, upstream, _) = try gateway.openRelay(backend)
                try client.webSocket.send(.ping, [1])
                #expect(try client.receive() == .pong([1]))
                try upstream.webSocket.send(.ping, [2])
                #expect(try upstream.receive() == .pong([2]))
                try client.send("after")
                #expect(try upstream.receive() == .text("after"))
                try upstream.send("after")
                #expect(try client.receive() == .text("after"))
            }
        }

        @Test func `messages right behind the 101 of the backend are not lost`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let client = try gateway.connect()
                try client.stream.write(Array(TestClient.upgradeHead("/relay").utf8))
                let upstream = try backend.acceptConnection()
                try upstream.readRequest()
                try upstream.answer(followedBy: upstream.webSocket.frame(.text, Array("welcome".utf8)))
                #expect(try client.readHead().status == 101)
                #expect(try client.receive() == .text("welcome"))
            }
        }

        @Test func `messages that the client sent while the backend was asked are not lost`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let client = try gateway.connect()
                let early = client.webSocket.frame(.text, Array("early".utf8)) + client.webSocket.frame(.binary, Pattern.bytes(200_000))
                try client.stream.write(Array(TestClient.upgradeHead("/relay").utf8) + early)
                let upstream = try backend.accept()
                #expect(try client.readHead().status == 101)
                #expect(try upstream.receive() == .text("early"))
                #expect(try upstream.receive() == .binary(Pattern.bytes(200_000)))
            }
        }

        @Test func `a backend over wss is verified and served`() async throws {
            let backend = try TestBackend(tls: TestCertificates.server())
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                backend.serveEcho(1)
                let (client, _) = try gateway.open("/relay")
                try client.send(Pattern.bytes(100_000))
                #expect(try client.receive() == .binary(Pattern.bytes(100_000)))
            }
        }

        @Test func `a backend whose certificate is not trusted gets no session`() async throws {
            let backend = try TestBackend(tls: TestCertificates.server())
            // The system's store does not know the tests' certificate.
            let configuration = Configuration.relaying(to: backend) { $0.upstreams[0].tls.ca = "" }
            try await TestGateway.running(configuration) { gateway in
                backend.serveEcho(1)
                let (head, body) = try gateway.connect().exchange(TestClient.upgradeHead("/relay"))
                #expect(head.status == 502)
                #expect(body.contains("certificate"), "\(body)")
            }
        }

        @Test func `an endpoint that refuses connections is passed over for the next one`() async throws {
            let (dead, alive) = (try DeadPort.url(), try TestBackend())
            let configuration = Configuration.relaying(to: [dead, alive.url]) { $0.upstreams[0].balance = .roundRobin }
            try await TestGateway.running(configuration) { gateway in
                // Kept to the end: a connection that is lost brings a probe, which is no session's.
                var pairs: [(TestClient, BackendConnection)] = []
                for _ in 0..<4 {
                    let (client, upstream, id) = try gateway.openRelay(alive)
                    pairs.append((client, upstream))
                    try client.send("hello")
                    #expect(try upstream.receive() == .text("hello"))
                    #expect(await gateway.snapshot(id)?.endpoint == alive.url)
                }
                #expect(pairs.count == 4)
            }
        }

        @Test(arguments: [Balance.roundRobin, .leastSessions])
        func `sessions are spread over the endpoints`(balance: Balance) async throws {
            let backends = [try TestBackend(), try TestBackend(), try TestBackend()]
            let configuration = Configuration.relaying(to: backends.map(\.url)) { $0.upstreams[0].balance = balance }
            try await TestGateway.running(configuration) { gateway in
                for backend in backends { backend.serveEcho(2) }
                var clients: [TestClient] = []
                for _ in 0..<6 { clients.append(try gateway.open("/relay").client) }
                let endpoints = await gateway.gateway.shards[0].pools()[0].endpoints
                #expect(endpoints.map(\.connections.leased) == [2, 2, 2])
            }
        }
    }
}
