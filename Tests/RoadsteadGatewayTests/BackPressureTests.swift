import RoadsteadConfig
import RoadsteadMetrics
import RoadsteadWire
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// A fast side and a slow one: memory stays at the limit, and nothing is lost.
    @Suite struct BackPressureTests {
        private static let limit = 256 * 1024
        private static let messages = 1500
        private static let size = 32 * 1024
        /// What may come on top of the limit before the other side is stopped: what one readable event brings, twice for TLS.
        private static let slack = 4 * 64 * 1024

        private static func configuration(_ backend: TestBackend) -> Configuration {
            .relaying(to: backend) { $0.eachRoute { $0.limits.outbound = limit } }
        }

        /// Waits until a queue is over its limit, and keeps an eye on it while the loop goes round a hundred times more.
        private static func standstill(_ gateway: TestGateway) async throws {
            var most = 0
            try await Patience.until("a queue is over its limit") {
                most = max(most, await gateway.metric(MetricCatalogue.queuedBytes))
                return most > limit
            }
            for _ in 0..<100 { most = max(most, await gateway.metric(MetricCatalogue.queuedBytes)) }
            #expect(most <= limit + slack, "\(most) bytes queued")
        }

        private static func readAll(_ peer: WebSocketPeer) throws {
            for number in 0..<messages {
                guard case .binary(let bytes) = try peer.receive() else { throw TestFailure("message \(number) did not come") }
                guard bytes == Flood.message(number, size: size) else { throw TestFailure("message \(number) is wrong") }
            }
        }

        @Test func `a slow client pauses its backend, and then gets everything`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(Self.configuration(backend)) { gateway in
                let (client, upstream, id) = try gateway.openRelay(backend)
                Descriptor.shrinkReceiveBuffer(client.stream.descriptor)
                let flood = Flood(upstream.webSocket, messages: Self.messages, size: Self.size)
                flood.start()
                try await Self.standstill(gateway)
                #expect(flood.sentMessages < Self.messages)
                #expect(await gateway.metric(MetricCatalogue.slowClient, ["pause"]) >= 1)
                #expect(await gateway.snapshot(id).map { $0.queuedBytes > Self.limit / 2 } == true)
                try Self.readAll(client.webSocket)
                try flood.finish()
                #expect(await gateway.metric(MetricCatalogue.queuedBytes) == 0)
                try client.send("and back")
                #expect(try upstream.receive() == .text("and back"))
            }
        }

        @Test func `a slow backend pauses its client, and then gets everything`() async throws {
            let backend = try TestBackend()
            try await TestGateway.running(Self.configuration(backend)) { gateway in
                let (client, upstream, _) = try gateway.openRelay(backend)
                Descriptor.shrinkReceiveBuffer(upstream.stream.descriptor)
                let flood = Flood(client.webSocket, messages: Self.messages, size: Self.size)
                flood.start()
                try await Self.standstill(gateway)
                #expect(flood.sentMessages < Self.messages)
                try Self.readAll(upstream.webSocket)
                try flood.finish()
                #expect(await gateway.metric(MetricCatalogue.queuedBytes) == 0)
                try upstream.send("and back")
                #expect(try client.receive() == .text("and back"))
            }
        }

        @Test func `a client that does not read its echo is read no further`() async throws {
            let configuration = Configuration.testing { $0.routes[0].limits.outbound = Self.limit }
            try await TestGateway.running(configuration) { gateway in
                let (client, _) = try gateway.open("/echo")
                Descriptor.shrinkReceiveBuffer(client.stream.descriptor)
                let sender = client.webSocket
                sender.stream.readsWhileWriting = false
                // One message more whenever the gateway is not over its limit: it stops reading there, not here.
                var sent = 0
                while await gateway.metric(MetricCatalogue.queuedBytes) <= Self.limit {
                    try sender.send(Flood.message(sent, size: Self.size))
                    sent += 1
                }
                for _ in 0..<100 { #expect(await gateway.metric(MetricCatalogue.queuedBytes) <= Self.limit + Self.slack) }
                for number in 0..<sent { #expect(try client.receive() == .binary(Flood.message(number, size: Self.size))) }
                #expect(await gateway.metric(MetricCatalogue.queuedBytes) == 0)
            }
        }

        @Test(arguments: [false, true])
        func `a paused session that ends leaves nothing queued`(endsClient: Bool) async throws {
            let backend = try TestBackend()
            try await TestGateway.running(Self.configuration(backend)) { gateway in
                let before = await gateway.holdings()
                let (client, upstream, id) = try gateway.openRelay(backend)
                Descriptor.shrinkReceiveBuffer(client.stream.descriptor)
                let flood = Flood(upstream.webSocket, messages: Self.messages, size: Self.size)
                flood.start()
                try await Self.standstill(gateway)
                if endsClient {
                    client.stream.reset()
                    #expect(try await gateway.closeRecord(id).cause == .reset)
                } else {
                    #expect(try gateway.admin("DELETE", "/api/v1/sessions/\(id)").head.status == 204)
                    // What had been queued before the close arrives before it.
                    var received = try client.receive()
                    while case .binary = received { received = try client.receive() }
                    #expect(received == .close(code: 1008, reason: "kicked"))
                    client.stream.close()
                    #expect(try await gateway.closeRecord(id).cause == .kicked)
                }
                // What the backend still sends is taken and dropped, so that its answer to the close can be seen.
                try flood.finish()
                guard case .close(1001, _) = try upstream.receive() else { throw TestFailure("the backend was told nothing") }
                try upstream.webSocket.sendClose(1001)
                try await Patience.until("the gateway holds what it held before") { await gateway.holdings() == before }
            }
        }
    }
}
