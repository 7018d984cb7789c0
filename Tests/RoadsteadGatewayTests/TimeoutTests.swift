import RoadsteadConfig
import RoadsteadMachines
import RoadsteadWire
import Testing

extension IntegrationTests {
    /// Every duration of `timeouts`, with values of milliseconds.
    @Suite struct TimeoutTests {
        private static func configuration(_ change: (inout TimeoutsConfiguration) -> Void) -> Configuration {
            .testing { change(&$0.routes[0].timeouts) }
        }

        @Test(arguments: [[], [0x16, 0x03]] as [[UInt8]])
        func `a TLS handshake that is not finished in time is cut`(begun: [UInt8]) async throws {
            try await TestGateway.running(Self.configuration { $0.handshake = .milliseconds(80) }) { gateway in
                let client = try TestClient(to: gateway.address())
                try client.stream.writeRaw(begun)
                let record = try await gateway.firstCloseRecord()
                let expected = CloseRecord(
                    closedBy: .gateway, cause: .handshakeTimeout, code: nil, reason: record.reason, stage: .handshaking)
                #expect(record == expected)
                _ = try client.stream.readToEnd()
                #expect(await gateway.liveSessions() == 0)
            }
        }

        @Test(arguments: ["", "GET /echo HTTP/1.1\r\nHost: localhost\r\n"])
        func `a request head that is not finished in time gets 408`(begun: String) async throws {
            try await TestGateway.running(Self.configuration { $0.handshake = .milliseconds(150) }) { gateway in
                let client = try gateway.connect()
                let (head, body) = try client.exchange(begun)
                #expect(head.status == 408)
                #expect(body.hasPrefix("408 Request Timeout: "))
                client.stream.close()
                let record = try await gateway.firstCloseRecord()
                #expect(record.cause == .handshakeTimeout && record.closedBy == .gateway && record.stage == .upgrading)
            }
        }

        @Test func `a session without messages is closed as idle, whatever pings pass`() async throws {
            let configuration = Configuration.testing {
                $0.routes[0].timeouts.idle = .milliseconds(150)
                $0.routes[0].heartbeat.interval = .milliseconds(30)
            }
            try await TestGateway.running(configuration) { gateway in
                let (client, id) = try gateway.open("/echo")
                let started = ContinuousClock.now
                #expect(try client.receive() == .close(code: 1000, reason: "idle for too long"))
                #expect(started.duration(to: .now) >= .milliseconds(140))
                try client.webSocket.sendClose(1000)
                #expect(try client.receive().isEnd)
                client.stream.close()
                let record = try await gateway.closeRecord(id)
                #expect(record.cause == .idleTimeout && record.closedBy == .gateway && record.code == 1000 && record.stage == .open)
            }
        }

        @Test func `a session that exchanges messages is not idle`() async throws {
            try await TestGateway.running(Self.configuration { $0.idle = .milliseconds(400) }) { gateway in
                let (client, _) = try gateway.open("/echo")
                let begun = ContinuousClock.now
                // Twice the idle timeout, with a message whenever the last one came back.
                while begun.duration(to: .now) < .milliseconds(800) {
                    try client.send("busy")
                    #expect(try client.receive() == .text("busy"))
                }
                #expect(try client.receive() == .close(code: 1000, reason: "idle for too long"))
            }
        }

        @Test func `a session ends when its lifetime is over, however busy it is`() async throws {
            try await TestGateway.running(Self.configuration { $0.lifetime = .milliseconds(200) }) { gateway in
                let (client, id) = try gateway.open("/echo")
                var last = Incoming.text("busy")
                while last == .text("busy") {
                    try client.send("busy")
                    last = try client.receive()
                }
                #expect(last == .close(code: 1000, reason: "lifetime is over"))
                try client.webSocket.sendClose(1000)
                #expect(try client.receive().isEnd)
                client.stream.close()
                let record = try await gateway.closeRecord(id)
                #expect(record.cause == .lifetime && record.closedBy == .gateway)
            }
        }

        @Test func `a client that does not answer a close is cut`() async throws {
            let configuration = Self.configuration {
                $0.idle = .milliseconds(30)
                $0.close = .milliseconds(80)
            }
            try await TestGateway.running(configuration) { gateway in
                let (client, id) = try gateway.open("/echo")
                #expect(try client.receive() == .close(code: 1000, reason: "idle for too long"))
                let record = try await gateway.closeRecord(id)
                #expect(record.cause == .idleTimeout && record.code == 1000)
                #expect(try client.receive().isEnd)
                #expect(await gateway.liveSessions() == 0)
            }
        }

        @Test func `a client that closes but keeps its connection is cut`() async throws {
            try await TestGateway.running(Self.configuration { $0.close = .milliseconds(80) }) { gateway in
                let (client, id) = try gateway.open("/echo")
                try client.webSocket.sendClose(1000, "bye")
                let record = try await gateway.closeRecord(id)
                #expect(record == CloseRecord(closedBy: .client, cause: .normal, code: 1000, reason: "bye", stage: .open))
                #expect(try client.receive() == .close(code: 1000, reason: ""))
                #expect(try client.receive().isEnd)
            }
        }

        @Test func `a backend that ends its stream instead of answering a close gives its lease back at once`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(.relaying(to: backend)) { gateway in
                let (client, upstream, _) = try gateway.openRelay(backend)
                _ = try client.close(1000)
                #expect(try upstream.receive() == .close(code: 1000, reason: ""))
                upstream.stream.halfClose()
                #expect(try upstream.receive().isEnd)
                try await Patience.until("the lease is given back") { await gateway.holdings().leases == 0 }
            }
        }
    }
}
