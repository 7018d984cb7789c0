import RoadsteadConfig
import RoadsteadMachines
import RoadsteadMetrics
import RoadsteadWire
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// Rates, policies for slow clients, and the memory of all queues.
    @Suite struct LimitsTests {
        private static func limiting(_ change: @escaping (inout RouteLimitsConfiguration) -> Void) -> Configuration {
            .testing { change(&$0.routes[0].limits) }
        }

        /// These texts, one frame each, as one write.
        private static func frames(_ client: TestClient, _ texts: [String]) -> [UInt8] {
            texts.flatMap { client.webSocket.frame(.text, Array($0.utf8)) }
        }

        @Test(arguments: [1, 7, 64, 100_000])
        func `a throttled client gets every message through in order, however they arrive`(step: Int) async throws {
            let configuration = Self.limiting { $0.messagesPerSecond = 200 }
            try await TestGateway.running(configuration) { gateway in
                let before = await gateway.holdings()
                let (client, id) = try gateway.open("/echo")
                let texts = (0..<260).map { "message \($0)" }
                let bytes = Self.frames(client, texts)
                for start in stride(from: 0, to: bytes.count, by: step) {
                    try client.stream.write(Array(bytes[start..<min(bytes.count, start + step)]))
                }
                for text in texts { #expect(try client.receive() == .text(text)) }
                #expect(await gateway.metric(MetricCatalogue.rateLimited, ["echo"]) == 1)
                try client.webSocket.sendClose(1000)
                #expect(try client.receive() == .close(code: 1000, reason: ""))
                client.stream.close()
                #expect(try await gateway.closeRecord(id).cause == .normal)
                try await Patience.until("nothing is left") { await gateway.holdings() == before }
            }
        }

        @Test func `what came before the upgrade was answered counts too`() async throws {
            let configuration = Self.limiting { limits in
                limits.messagesPerSecond = 20
                limits.onRateLimit = .close
            }
            try await TestGateway.running(configuration) { gateway in
                let client = try gateway.connect()
                try client.stream.write(
                    Array(TestClient.upgradeHead("/echo").utf8) + Self.frames(client, [String](repeating: "early", count: 21)))
                let response = try client.readHead()
                #expect(response.status == 101)
                for _ in 0..<20 { #expect(try client.receive() == .text("early")) }
                guard case .close(1008, _) = try client.receive() else { throw TestFailure("it was not closed") }
                client.stream.close()
                let record = try await gateway.closeRecord(TestGateway.sessionID(response))
                #expect(record.cause == .rateLimit && record.closedBy == .gateway && record.code == 1008)
                #expect(await gateway.metric(MetricCatalogue.rateLimited, ["echo"]) == 1)
            }
        }

        @Test func `a throttled client that is reset leaves nothing behind`() async throws {
            try await TestGateway.running(Self.limiting { $0.bytesPerSecond = 100 }) { gateway in
                let before = await gateway.holdings()
                let (client, id) = try gateway.open("/echo")
                try client.stream.write(Self.frames(client, [String](repeating: "a message of some length", count: 1000)))
                try await Patience.until("it is throttled") { await gateway.metric(MetricCatalogue.rateLimited, ["echo"]) == 1 }
                #expect(await gateway.metric(MetricCatalogue.queuedBytes) > 0)
                client.stream.reset()
                #expect(try await gateway.closeRecord(id).cause == .reset)
                try await Patience.until("nothing is left") { await gateway.holdings() == before }
                #expect(await gateway.metric(MetricCatalogue.queuedBytes) == 0)
            }
        }

        @Test func `new sessions are refused while memory is short, and let in after`() async throws {
            let configuration = Configuration.testing {
                $0.limits.memory = 64 * 1024
                $0.loops = 2
            }
            try await TestGateway.running(configuration) { gateway in
                // The beginnings of messages whose ends do not come.
                let hoarders = try (0..<2).map { _ in try gateway.open("/echo").client }
                for hoarder in hoarders { try hoarder.webSocket.send(.binary, [UInt8](repeating: 1, count: 34_000), isFinal: false) }
                try await Patience.until("memory is short") { await gateway.metric(MetricCatalogue.memoryPressure) == 1 }
                let late = try gateway.connect()
                let (head, body) = try late.exchange(TestClient.upgradeHead("/echo"))
                #expect(head.status == 503 && head.headers["Retry-After"] == "1" && body.contains("no capacity: too many bytes queued"))
                try hoarders[0].webSocket.send(.continuation, [])
                guard case .binary = try hoarders[0].receive() else { throw TestFailure("the echo did not come") }
                try await Patience.until("memory is not short any more") {
                    (try? gateway.open("/echo")) != nil
                }
                #expect(await gateway.metric(MetricCatalogue.memoryPressure) == 1)
                #expect(await gateway.metric(MetricCatalogue.memoryLimit) == 64 * 1024)
            }
        }
    }
}
