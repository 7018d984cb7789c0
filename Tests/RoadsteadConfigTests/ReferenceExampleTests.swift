import FoundationEssentials
import Testing

@testable import RoadsteadConfig

@Suite struct ReferenceExampleTests {
    let loaded: LoadedConfiguration

    init() throws {
        loaded = try Configuration.load(
            path: "\(packageDirectory)/docs/examples/roadstead.yaml", environment: [:], certificateProblem: { _, _ in nil }
        ).get()
    }

    @Test func `each key of the reference example is where its reader looks for it`() {
        let configuration = loaded.configuration
        #expect(configuration.loops == 0)
        #expect(configuration.listeners.map(\.name) == ["public", "behind-a-balancer"])
        #expect(configuration.listeners[0].address.kind == .internet(host: "127.0.0.1", port: 8443))
        #expect(
            configuration.listeners[0].tls?.certificates == [
                CertificateConfiguration(certificate: "certs/server.pem", key: "certs/server.key")
            ])
        #expect(configuration.listeners[0].tls?.minimumVersion == .v1_2)
        #expect(configuration.listeners[1].tls == nil)
        #expect(configuration.admin.address.text == "127.0.0.1:9090")
        #expect(configuration.admin.token == nil)
        #expect(configuration.drain.period == .seconds(30) && configuration.drain.spread == .seconds(20))
        #expect(configuration.limits.sessions == 100_000 && configuration.limits.header == 16_384)
        #expect(configuration.log.level == .info && configuration.log.format == .json)
    }

    @Test func `routes and upstreams of the reference example are read whole`() {
        let (echo, chat) = (loaded.configuration.routes[0], loaded.configuration.routes[1])
        #expect(echo.target == .echo && echo.match.path == "/echo" && echo.match.host == "*")
        #expect(chat.target == .upstream("chat") && chat.match.path == "/chat/*")
        #expect(chat.origins == ["https://app.example.com"] && chat.subprotocols.isEmpty && chat.authentication == nil)
        #expect(chat.heartbeat.interval == .seconds(20) && chat.heartbeat.timeout == .seconds(10))
        #expect(chat.timeouts.idle == .seconds(300) && chat.timeouts.lifetime == nil && chat.timeouts.close == .seconds(5))
        #expect(chat.limits.message == 1 << 20 && chat.limits.onSlowClient == .pause)
        #expect(chat.continuity.hold == .seconds(30) && chat.continuity.buffer == 262_144 && chat.continuity.replayFirst == 1)
        let upstream = loaded.configuration.upstreams[0]
        #expect(upstream.endpoints.map(\.port) == [9001, 9002] && upstream.balance == .leastSessions)
        #expect(upstream.pool.maximum == 10_000 && upstream.pool.queueTimeout == .seconds(5))
        #expect(upstream.health.kind == .tcp && upstream.reconnect.initial == .milliseconds(100))
    }

    @Test func `the reference example warns of nothing`() {
        #expect(loaded.warnings.isEmpty)
    }
}
