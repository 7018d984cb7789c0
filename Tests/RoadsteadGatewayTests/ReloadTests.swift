import RoadsteadConfig
import RoadsteadMetrics
import RoadsteadTLS
import Synchronization
import Testing

@testable import RoadsteadGateway

extension IntegrationTests {
    @Suite struct ReloadTests {
        /// What the next reload reads.
        private final class Wanted: Sendable {
            let result: Mutex<Result<LoadedConfiguration, ReloadRefusal>>
            let taken = Mutex<[Configuration]>([])

            init(_ configuration: Configuration) {
                result = Mutex(.success(LoadedConfiguration(configuration: configuration, warnings: [])))
            }

            func set(_ configuration: Configuration) {
                result.withLock { $0 = .success(LoadedConfiguration(configuration: configuration, warnings: [])) }
            }

            var source: ConfigurationSource {
                ConfigurationSource {
                    self.result.withLock { $0 }
                } taken: { configuration in
                    self.taken.withLock { $0.append(configuration) }
                }
            }
        }

        @Test func `a listener that changed its TLS side serves it to new connections and keeps the old ones`() async throws {
            var configuration = Configuration.testing()
            let wanted = Wanted(configuration)
            try await TestGateway.running(configuration, source: wanted.source) { gateway in
                let (client, _) = try gateway.open("/echo")
                configuration.listeners[0].tls?.minimumVersion = .v1_3
                wanted.set(configuration)
                #expect(await gateway.gateway.reload(by: "test") == .taken(generation: 2, pendingRestart: []))
                #expect(wanted.taken.withLock { $0 } == [configuration])
                let old = try CommandClient(to: gateway.address(), options: ["-tls1_2"])
                #expect(try old.readHead().isEmpty)
                old.end()
                try client.send(Pattern.bytes(10))
                #expect(try client.receive() == .binary(Pattern.bytes(10)))
                #expect(await gateway.metric(MetricCatalogue.configReloads, ["success"]) == 1)
            }
        }

        @Test func `a configuration that cannot be loaded changes nothing`() async throws {
            var configuration = Configuration.testing()
            let wanted = Wanted(configuration)
            try await TestGateway.running(configuration, source: wanted.source) { gateway in
                wanted.result.withLock { $0 = .failure(ReloadRefusal(errors: ["r.yaml:1:2: wrong"])) }
                #expect(await gateway.gateway.reload(by: "test") == .refused(ReloadRefusal(errors: ["r.yaml:1:2: wrong"])))
                // A file that vanishes between the check and the use.
                configuration.listeners[0].tls?.certificates[0].certificate = "/nowhere.pem"
                wanted.set(configuration)
                guard case .refused(let refusal) = await gateway.gateway.reload(by: "test") else { throw TestFailure("it was taken") }
                #expect(refusal.errors.count == 1 && refusal.errors[0].contains("/nowhere.pem"))
                #expect(gateway.log.count(of: "configuration refused; the running one stays") == 2)
                #expect(wanted.taken.withLock { $0 }.isEmpty)
                #expect(await gateway.metric(MetricCatalogue.configReloads, ["failure"]) == 2)
                let (client, _) = try gateway.open("/echo")
                client.stream.close()
            }
        }

        @Test func `a gateway without a source, or at its end, says that it does not reload`() async throws {
            try await TestGateway.running(.testing()) { gateway in
                #expect(await gateway.gateway.reload(by: "test") == .unavailable("its configuration comes from no file"))
                let (head, body) = try gateway.admin("POST", "/api/v1/reload")
                #expect(head.status == 503 && body.contains("comes from no file"))
            }
            let wanted = Wanted(.testing())
            try await TestGateway.running(.testing(), source: wanted.source) { gateway in
                await gateway.gateway.drain(period: .zero, spread: .zero)
                #expect(await gateway.gateway.reload(by: "test") == .unavailable("it is starting or draining"))
            }
        }

        @Test func `certificates are looked at when the gateway starts, reloads, and each day`() async throws {
            let days = Atomic<Int64>(0)
            let steps = AsyncStream.makeStream(of: Void.self)
            let notAfter = try #require(try TestCertificates.server().certificates.first?.notAfter)
            let clock = CertificateClock {
                notAfter - 16 * 86_400 + days.load(ordering: .relaxed) * 86_400
            } rest: {
                for await _ in steps.stream { return }
                throw CancellationError()
            }
            let configuration = Configuration.testing()
            try await TestGateway.running(configuration, source: Wanted(configuration).source, clock: clock) { gateway in
                #expect(gateway.log.count(of: "certificate expires soon") == 0)
                days.store(3, ordering: .relaxed)
                steps.continuation.yield()
                let line = try gateway.log.wait(for: "certificate expires soon") { $0["days_left"] == "13" }
                #expect(line.metadata["certificate"] == TestCertificates.certificate && line.metadata["listener"] == "secure")
                #expect(line.metadata["name"] == "localhost" && line.metadata["expires"]?.hasSuffix("Z") == true)
                days.store(15, ordering: .relaxed)
                _ = await gateway.gateway.reload(by: "test")
                _ = try gateway.log.wait(for: "certificate expires soon") { $0["days_left"] == "1" }
                days.store(16, ordering: .relaxed)
                steps.continuation.yield()
                _ = try gateway.log.wait(for: "certificate has expired")
            }
        }
    }
}
