import Foundation
import RoadsteadConfig
import RoadsteadLoop
import RoadsteadMachines
import RoadsteadMetrics
import Synchronization

@testable import RoadsteadGateway

/// A supervisor of one upstream, what it publishes, what it logs, and backends that listen on unix sockets: a path can be left and taken
/// again, which a free port can't.
final class SupervisorStage: Sendable {
    let supervisor: UpstreamSupervisor
    let log = LogBook()
    let runtime: UpstreamRuntime
    private let published: Published
    /// Endpoints whose names were to be looked up.
    let lookups: Lookups

    final class Published: Sendable {
        let all = Mutex<[(endpoint: Int, status: EndpointStatus)]>([])
    }

    final class Lookups: Sendable {
        let all = Mutex<[String]>([])
    }

    private init(_ endpoints: [String], _ change: (inout UpstreamConfiguration) -> Void) throws {
        var configuration = UpstreamConfiguration(name: "backend", endpoints: endpoints.compactMap(EndpointAddress.init))
        configuration.health.interval = .milliseconds(100)
        configuration.health.rise = 1
        configuration.reconnect = ReconnectConfiguration()
        configuration.reconnect.initial = .milliseconds(10)
        configuration.reconnect.maximum = .milliseconds(20)
        change(&configuration)
        runtime = try UpstreamRuntime(configuration)
        let (published, lookups) = (Published(), Lookups())
        (self.published, self.lookups) = (published, lookups)
        supervisor = try UpstreamSupervisor(upstreams: [runtime], logger: log.logger) { endpoint in
            lookups.all.withLock { $0.append(endpoint.address.text) }
        } publish: { upstream, endpoint, status in
            precondition(upstream == 0, "there is one upstream")
            published.all.withLock { $0.append((endpoint, status)) }
        }
    }

    /// Starts a supervisor, lends it and stops it.
    static func running(
        _ endpoints: [String], with change: (inout UpstreamConfiguration) -> Void = { _ in },
        _ body: (SupervisorStage) async throws -> Void
    ) async throws {
        let stage = try SupervisorStage(endpoints, change)
        await stage.supervisor.start()
        defer { stage.supervisor.stop() }
        try await body(stage)
    }

    /// Tells what happened on an endpoint, as a loop does.
    func report(_ report: EndpointReport, _ endpoint: Int = 0) { supervisor.report(report, upstream: 0, endpoint: endpoint) }

    /// What was published about an endpoint, in order.
    func history(_ endpoint: Int = 0) -> [EndpointStatus] {
        published.all.withLock { $0.filter { $0.endpoint == endpoint }.map(\.status) }
    }

    /// Waits until the latest status of an endpoint is such a one, and it was published.
    func until(_ state: EndpointState, _ admission: EndpointStatus.Admission = .open, of endpoint: Int = 0) async throws {
        try await Patience.until("endpoint \(endpoint) is \(state), \(admission)") {
            let snapshot = await supervisor.snapshot()[0][endpoint]
            return snapshot.state == state && snapshot.admission == admission
        }
        guard history(endpoint).last == (await supervisor.snapshot()[0][endpoint].status) else {
            throw TestFailure("what was published last is not what is")
        }
    }

    /// What its loop holds.
    func holdings() async -> Holdings {
        await withCheckedContinuation { continuation in
            supervisor.loop.execute { [loop = supervisor.loop] in
                let statistics = loop.statistics
                continuation.resume(returning: Holdings(timers: statistics.timersArmed, registrations: statistics.registrations))
            }
        }
    }

    /// Waits until so many checks have ended in this way.
    func untilChecked(_ result: CheckResult, atLeast count: Double) async throws {
        try await Patience.until("\(count) checks ended with \(result)") { await checks(result) >= count }
    }

    /// How many checks have ended in this way.
    func checks(_ result: CheckResult) async -> Double {
        await supervisor.measurements().value(MetricCatalogue.upstreamChecks, [result.rawValue]) ?? -1
    }
}

/// A backend for checks that only connect: it listens on a path, and can leave it and come back.
final class PathBackend {
    let path: String
    private let address: SocketAddress
    private var listener: Int32?

    init() throws {
        path = NSTemporaryDirectory() + "roadstead-\(UUID().uuidString.prefix(12)).sock"
        guard let address = SocketAddress(unixPath: path) else { throw TestFailure("\(path) is too long for a socket") }
        self.address = address
    }

    deinit { leave() }

    var url: String { "unix:\(path)" }

    func come() throws { listener = try Socket.listen(on: address, backlog: 4096, sharesPort: false) }

    func leave() {
        guard let listener else { return }
        self.listener = nil
        Socket.close(listener)
        SocketFile(of: address)?.remove()
    }
}
