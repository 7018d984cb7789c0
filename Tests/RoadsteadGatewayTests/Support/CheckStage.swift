import RoadsteadConfig
import RoadsteadLoop
import RoadsteadMachines
import Testing

@testable import RoadsteadGateway

/// A loop on which a test makes health checks one by one.
final class CheckStage: Sendable {
    /// A check under way.
    struct Pending: Sendable {
        fileprivate let results: AsyncStream<CheckResult>

        /// Waits for its result.
        func result() async throws -> CheckResult {
            for await result in results { return result }
            throw TestFailure("the check ended without a result")
        }
    }

    let loop: EventLoop

    init() throws {
        loop = try EventLoop(name: "checks")
        loop.start()
    }

    func end() {
        loop.stop()
        loop.join()
    }

    /// Does something with a stage and looks whether anything is left behind.
    static func run(_ body: (CheckStage) async throws -> Void) async throws {
        let stage = try CheckStage()
        defer { stage.end() }
        try await body(stage)
        try await stage.isClean()
    }

    /// An upstream of one endpoint whose checks are patient unless the test says otherwise.
    static func upstream(
        _ url: String, _ kind: HealthCheckKind, _ change: (inout UpstreamConfiguration) -> Void = { _ in }
    ) throws -> UpstreamRuntime {
        guard let endpoint = EndpointAddress(url) else { throw TestFailure("\(url) is no endpoint") }
        var configuration = UpstreamConfiguration(name: "backend", endpoints: [endpoint])
        configuration.health.kind = kind
        configuration.health.timeout = Patience.limit
        configuration.tls.ca = TestCertificates.authority
        change(&configuration)
        return try UpstreamRuntime(configuration)
    }

    /// Begins a check of the upstream's first endpoint.
    func begin(_ upstream: UpstreamRuntime) -> Pending {
        let (results, continuation) = AsyncStream<CheckResult>.makeStream()
        loop.execute { [loop] in
            let context = LoopContext(loop: loop, handshakesPerWakeUp: 8)
            loop.wakeUpFinisher = { context.finishWakeUp() }
            let check = HealthCheck(of: upstream.endpoints[0], in: upstream, context: context) { result in
                // Only for want of descriptors is there none.
                if let result { continuation.yield(result) }
                continuation.finish()
            }
            check.begin()
        }
        return Pending(results: results)
    }

    /// Begins a check of an endpoint.
    func begin(_ url: String, _ kind: HealthCheckKind, _ change: (inout UpstreamConfiguration) -> Void = { _ in }) throws -> Pending {
        begin(try Self.upstream(url, kind, change))
    }

    /// Makes a check that needs nobody to play the backend.
    static func expect(_ result: CheckResult, of upstream: UpstreamRuntime, at place: SourceLocation = #_sourceLocation) async throws {
        try await run { stage in
            let found = try await stage.begin(upstream).result()
            #expect(found == result, sourceLocation: place)
        }
    }

    /// Waits until no descriptor and no timer of a check is left.
    func isClean() async throws {
        try await Patience.until("a check leaves nothing behind") {
            let held = await holdings()
            return held.registrations == 0 && held.timers == 0
        }
    }

    /// What the loop holds.
    func holdings() async -> Holdings {
        await withCheckedContinuation { continuation in
            loop.execute { [loop] in
                let statistics = loop.statistics
                continuation.resume(returning: Holdings(timers: statistics.timersArmed, registrations: statistics.registrations))
            }
        }
    }
}
