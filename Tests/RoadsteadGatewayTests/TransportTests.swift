import Foundation
import RoadsteadConfig
import RoadsteadLoop
import RoadsteadMetrics
import RoadsteadTLS
import RoadsteadWire
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// What lies beneath the WebSocket: TLS of both versions, none at all, and unix sockets.
    @Suite struct TransportTests {
        @Test func `TLS 1_3 is negotiated and shown`() async throws {
            try await TestGateway.running(.testing()) { gateway in
                let (client, id) = try gateway.open("/echo")
                let tls = try #require(await gateway.snapshot(id)?.tls)
                #expect(tls.version == "TLSv1.3" && tls.cipher.hasPrefix("TLS_") && tls.serverName == "localhost")
                #expect(client.stream.tls?.negotiated.applicationProtocol == "http/1.1")
                try client.send("over TLS 1.3")
                #expect(try client.receive() == .text("over TLS 1.3"))
            }
        }

        @Test func `TLS 1_2 is served by a listener that allows it`() async throws {
            try await TestGateway.running(.testing()) { gateway in
                let client = try CommandClient(to: gateway.address(), options: ["-tls1_2"])
                try client.write(Array(TestClient.upgradeHead("/echo").utf8))
                var parser = ResponseHeadParser(maximumBytes: 16 * 1024)
                guard case .complete(let head, _) = withBytes(try client.readHead(), { parser.feed($0) }) else {
                    throw TestFailure("no response came")
                }
                let tls = try #require(await gateway.snapshot(try TestGateway.sessionID(head))?.tls)
                #expect(tls.version == "TLSv1.2")
                #expect(tls.cipher.contains("ECDHE"))
                client.end()
            }
        }

        @Test func `TLS 1_2 is refused by a listener that asks for 1_3`() async throws {
            try await TestGateway.running(.testing { $0.listeners[0].tls?.minimumVersion = .v1_3 }) { gateway in
                let client = try CommandClient(to: gateway.address(), options: ["-tls1_2"])
                #expect(try client.readHead().isEmpty)
                let record = try await gateway.firstCloseRecord()
                #expect(record.cause == .tlsError && record.stage == .handshaking)
                #expect(await gateway.metric(MetricCatalogue.handshakeFailures, ["unsupported_version"]) == 1)
                client.end()
            }
        }

        @Test func `plain ws is served by a listener without TLS, beside one with it`() async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) { $0.listeners.append(.testing(isSecure: false)) }
            try await TestGateway.running(configuration) { gateway in
                backend.serveEcho(2)
                for listener in [0, 1] {
                    let (client, id) = try gateway.open("/relay", listener: listener)
                    for size in [10, 200_000] {
                        try client.send(Pattern.bytes(size))
                        #expect(try client.receive() == .binary(Pattern.bytes(size)))
                    }
                    #expect((await gateway.snapshot(id)?.tls != nil) == (listener == 0))
                }
            }
        }

        @Test func `a plain session's backend learns that it is not secure`() async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) { $0.listeners = [.testing(isSecure: false)] }
            try await TestGateway.running(configuration) { gateway in
                let (client, upstream, _) = try gateway.openRelay(backend)
                #expect(upstream.request?.headers["X-Forwarded-Proto"] == "http")
                #expect(try client.close(1000) == [.close(code: 1000, reason: "")])
            }
        }

        @Test func `TLS to a plain port is refused at once`() async throws {
            try await TestGateway.running(.testing { $0.listeners = [.testing(isSecure: false)] }) { gateway in
                let client = try TestClient(to: gateway.address())
                try client.stream.writeRaw([0x16, 0x03, 0x01])
                #expect(try client.readHead().status == 400)
            }
        }

        @Test func `a unix listener serves and can be bound again`() async throws {
            let path = NSTemporaryDirectory() + "roadstead-\(getpid()).sock"
            defer { try? FileManager.default.removeItem(atPath: path) }
            let configuration = Configuration.testing { configuration in
                configuration.loops = 2
                configuration.listeners = [ListenerConfiguration(name: "unix", address: ListenAddress(unixPath: path))]
            }
            for _ in 0..<2 {
                try await TestGateway.running(configuration) { gateway in
                    #expect(gateway.gateway.addresses[0].address == "unix:\(path)")
                    for _ in 0..<8 {
                        let (client, id) = try gateway.open("/echo")
                        try client.send(Pattern.bytes(100_000))
                        #expect(try client.receive() == .binary(Pattern.bytes(100_000)))
                        #expect(await gateway.snapshot(id)?.remote.hasPrefix("unix:") == true)
                        #expect(try client.close(1000) == [.close(code: 1000, reason: "")])
                    }
                }
            }
        }

        @Test(arguments: [1, 4])
        func `every loop serves`(loops: Int) async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend) { $0.loops = loops }) { gateway in
                backend.serveEcho(40)
                var clients: [TestClient] = []
                for number in 0..<40 {
                    let (client, _) = try gateway.open("/relay")
                    try client.send("\(number)")
                    clients.append(client)
                }
                for (number, client) in clients.enumerated() { #expect(try client.receive() == .text("\(number)")) }
                var shares: [Int] = []
                for shard in gateway.gateway.shards { shares.append(await shard.places(SessionQuery(), first: .max).count) }
                #expect(shares.count == loops && shares.reduce(0, +) == 40)
            }
        }

        @Test func `handshakes beyond the budget of a wake-up are served in the next`() async throws {
            try await TestGateway.running(.testing { $0.listeners[0].handshakesPerWakeup = 1 }) { gateway in
                // All connected before the first says its ClientHello.
                var clients: [TestClient] = []
                for _ in 0..<20 { clients.append(try TestClient(to: gateway.address())) }
                let trust = try TestCertificates.client()
                for client in clients {
                    try client.stream.secure(trust, serverName: "localhost")
                    try client.upgrade("/echo")
                }
                #expect(await gateway.liveSessions() == 20)
            }
        }

        @Test func `a port that is taken is said to be`() async throws {
            try await TestGateway.running(.testing()) { gateway in
                let taken = gateway.gateway.addresses[0].address
                let configuration = Configuration.testing {
                    $0.listeners[0].address = ListenAddress(taken) ?? $0.listeners[0].address
                }
                let second = try Gateway(configuration, version: "test", logger: gateway.log.logger)
                await #expect(throws: GatewayError.self) { try await second.start() }
                await second.stop()
            }
        }
    }
}
