import RoadsteadConfig
import RoadsteadMachines
import RoadsteadMetrics
import RoadsteadWire
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    /// Heartbeats with intervals of milliseconds.
    @Suite struct HeartbeatTests {
        private static func short(_ heartbeat: inout HeartbeatConfiguration) {
            heartbeat.interval = .milliseconds(60)
            heartbeat.timeout = .milliseconds(60)
        }

        @Test func `a client that stops answering is dead within interval and timeout`() async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) { $0.eachRoute { Self.short(&$0.heartbeat) } }
            try await TestGateway.running(configuration) { gateway in
                let (client, upstream, id) = try gateway.openRelay(backend)
                client.webSocket.answersPings = false
                let started = ContinuousClock.now
                let record = try await gateway.closeRecord(id)
                let lived = started.duration(to: .now)
                #expect(
                    record == CloseRecord(closedBy: .network, cause: .heartbeatTimeout, code: 1006, reason: record.reason, stage: .open))
                #expect(lived >= .milliseconds(60) && lived < .seconds(2), "\(lived)")
                guard case .ping(let payload) = try client.receive() else { throw TestFailure("no ping came") }
                #expect(payload.count == 8)
                #expect(try client.receive().isEnd)
                #expect(try upstream.receive() == .close(code: 1001, reason: "heartbeat_timeout"))
                #expect(await gateway.metric(MetricCatalogue.heartbeatTimeouts, ["relay"]) == 1)
            }
        }

        @Test func `a client that answers lives on, and its round trip is measured`() async throws {
            let configuration = Configuration.testing { Self.short(&$0.routes[0].heartbeat) }
            try await TestGateway.running(configuration) { gateway in
                let (client, id) = try gateway.open("/echo")
                client.webSocket.answersPings = false
                for _ in 0..<4 {
                    guard case .ping(let payload) = try client.receive() else { throw TestFailure("no ping came") }
                    try client.webSocket.send(.pong, payload)
                }
                // The answer to this shows that the last pong was read.
                try client.send("alive")
                #expect(try client.receive() == .text("alive"))
                let snapshot = try #require(await gateway.snapshot(id))
                let (last, minimum) = (try #require(snapshot.roundTripTime.last), try #require(snapshot.roundTripTime.minimum))
                #expect(last > .zero && minimum <= last && minimum < .milliseconds(60))
                #expect(snapshot.roundTripTime.smoothed != nil)
            }
        }

        @Test func `any byte is a sign of life, but a wrong pong measures nothing`() async throws {
            let configuration = Configuration.testing { Self.short(&$0.routes[0].heartbeat) }
            try await TestGateway.running(configuration) { gateway in
                let (client, id) = try gateway.open("/echo")
                client.webSocket.answersPings = false
                for _ in 0..<4 {
                    guard case .ping = try client.receive() else { throw TestFailure("no ping came") }
                    try client.webSocket.send(.pong, [0, 0, 0, 0, 0, 0, 0, 0])
                }
                let snapshot = try #require(await gateway.snapshot(id))
                #expect(snapshot.state == .open && snapshot.roundTripTime.last == nil)
            }
        }

        @Test func `a backend that stops answering is lost`() async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relayingWithoutHold(to: backend) { Self.short(&$0.upstreams[0].heartbeat) }
            try await TestGateway.running(configuration) { gateway in
                let (client, upstream, id) = try gateway.openRelay(backend)
                upstream.webSocket.answersPings = false
                #expect(try client.close1012())
                let record = try await gateway.closeRecord(id)
                #expect(record.closedBy == .upstream && record.cause == .upstreamLost)
                guard case .ping = try upstream.receive() else { throw TestFailure("the backend got no ping") }
                #expect(await gateway.holdings().leases == 0)
            }
        }

        @Test func `a session whose reading is paused does not spin`() async throws {
            let backend = try TestBackend()
            let configuration = Configuration.relaying(to: backend) {
                // Long enough that the session is paused before its first ping is due.
                $0.routes[1].heartbeat.interval = .milliseconds(250)
                $0.routes[1].heartbeat.timeout = .milliseconds(250)
                $0.routes[0].timeouts.idle = .milliseconds(1200)
                $0.routes[0].timeouts.close = .milliseconds(20)
                $0.routes[1].limits.outbound = 64 * 1024
            }
            try await TestGateway.running(configuration) { gateway in
                let (client, upstream, id) = try gateway.openRelay(backend)
                Descriptor.shrinkReceiveBuffer(upstream.stream.descriptor)
                let flood = Flood(client.webSocket, messages: 2000, size: 16 * 1024)
                flood.start()
                try await Patience.until("the upstream's queue is over its limit") {
                    await gateway.metric(MetricCatalogue.queuedBytes) > 64 * 1024
                }
                let shard = gateway.gateway.shards[0]
                let begun = await shard.loopStatistics()
                // A second client's idle timeout later, the paused session's timer has fired a dozen times and not at each tick.
                let (second, other) = try gateway.open("/echo")
                #expect(try second.receive() == .close(code: 1000, reason: "idle for too long"))
                #expect(try await gateway.closeRecord(other).cause == .idleTimeout)
                let wakeUps = await shard.loopStatistics().wakeUps - begun.wakeUps
                #expect(wakeUps < 60, "\(wakeUps) wake-ups")
                #expect(await gateway.snapshot(id)?.state == .open)
                for number in 0..<2000 { #expect(try upstream.receive() == .binary(Flood.message(number, size: 16 * 1024))) }
                try flood.finish()
            }
        }
    }
}
