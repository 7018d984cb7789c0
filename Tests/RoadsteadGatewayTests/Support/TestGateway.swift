import Foundation
import RoadsteadConfig
import RoadsteadLoop
import RoadsteadMachines
import RoadsteadMetrics
import RoadsteadTLS
import RoadsteadWire

@testable import RoadsteadGateway

/// A running gateway on free ports, and what a test asks of it.
final class TestGateway: Sendable {
    let gateway: Gateway
    let log = LogBook()
    private let trust: TLSContext

    private init(_ configuration: Configuration, source: ConfigurationSource?, clock: CertificateClock) throws {
        gateway = try Gateway(configuration, version: "test", logger: log.logger, source: source, clock: clock)
        trust = try TestCertificates.client()
    }

    /// Starts a gateway, lends it and stops it.
    static func running(
        _ configuration: Configuration, source: ConfigurationSource? = nil, clock: CertificateClock = .daily,
        _ body: (TestGateway) async throws -> Void
    ) async throws {
        let test = try TestGateway(configuration, source: source, clock: clock)
        try await test.gateway.start()
        do {
            try await body(test)
        } catch {
            await test.gateway.stop()
            throw error
        }
        await test.gateway.stop()
    }

    // MARK: - Addresses

    /// Where a listener is bound.
    func address(_ listener: Int = 0) throws -> SocketAddress { try Self.parse(gateway.addresses[listener].address) }

    /// Where the admin listener is bound.
    func adminAddress() throws -> SocketAddress { try Self.parse(gateway.adminAddress) }

    private static func parse(_ text: String) throws -> SocketAddress {
        guard let address = SocketAddress(parsing: text) else { throw TestFailure("\(text) is not an address") }
        return address
    }

    // MARK: - Clients

    /// A client whose TLS handshake is done, if the listener has TLS.
    func connect(_ listener: Int = 0) throws -> TestClient {
        let client = try TestClient(to: address(listener))
        if gateway.addresses[listener].isSecure { try client.stream.secure(trust, serverName: "localhost") }
        return client
    }

    /// A client whose upgrade is done, and its session's id.
    func open(_ target: String, _ headers: [String] = [], listener: Int = 0) throws -> (client: TestClient, id: SessionID) {
        let client = try connect(listener)
        return (client, try Self.sessionID(client.upgrade(target, headers)))
    }

    /// A client whose upgrade is done, the backend's end of its connection, and its session's id.
    func openRelay(
        _ backend: TestBackend, _ target: String = "/relay", _ headers: [String] = [], subprotocol: String? = nil
    ) throws -> (client: TestClient, upstream: BackendConnection, id: SessionID) {
        let client = try connect()
        try client.stream.write(Array(TestClient.upgradeHead(target, headers).utf8))
        let upstream = try backend.accept(subprotocol: subprotocol)
        return (client, upstream, try Self.sessionID(client.readHead()))
    }

    /// The session that a 101 names.
    static func sessionID(_ response: ResponseHead) throws -> SessionID {
        guard response.status == 101, let id = SessionID(response.headers["Roadstead-Session"] ?? "") else {
            throw TestFailure("the answer was \(response.status) with Roadstead-Session \(response.headers["Roadstead-Session"] ?? "none")")
        }
        return id
    }

    // MARK: - What the gateway knows

    /// Waits for the session's end and returns its close record.
    func closeRecord(_ id: SessionID) async throws -> CloseRecord {
        _ = try log.wait(forAnyOf: ["session closed", "TLS handshake failed"]) { $0["session"] == id.description }
        return try await record(id)
    }

    /// Waits for the end of the first session that ends, and returns its close record.
    func firstCloseRecord() async throws -> CloseRecord {
        let line = try log.wait(forAnyOf: ["session closed", "TLS handshake failed"])
        guard let id = SessionID(line.metadata["session"] ?? "") else { throw TestFailure("the line names no session") }
        return try await record(id)
    }

    private func record(_ id: SessionID) async throws -> CloseRecord {
        guard let record = await snapshot(id)?.close else { throw TestFailure("session \(id) has no close record") }
        return record
    }

    /// What one session is now, or was when it ended.
    func snapshot(_ id: SessionID) async -> SessionSnapshot? {
        for shard in gateway.shards {
            if let found = await shard.session(id) { return found }
        }
        return nil
    }

    /// Sessions that are not closed.
    func liveSessions() async -> Int {
        var count = 0
        for shard in gateway.shards { count += await shard.places(SessionQuery(), first: .max).count }
        return count
    }

    /// What all loops together hold.
    func holdings() async -> Holdings {
        var holdings = Holdings()
        for shard in gateway.shards {
            holdings.sessions += await shard.places(SessionQuery(), first: .max).count
            holdings.leases += await shard.pools().reduce(0) { $0 + $1.leases }
            let statistics = await shard.loopStatistics()
            holdings.timers += statistics.timersArmed
            holdings.registrations += statistics.registrations
        }
        holdings.queuedBytes = await metric(MetricCatalogue.queuedBytes)
        return holdings
    }

    /// A counter's or gauge's value, 0 if it was never touched.
    func metric(_ definition: MetricDefinition, _ labels: [String] = []) async -> Int {
        Int(await gateway.measurements().value(definition, labels) ?? 0)
    }

    // MARK: - Admin

    /// One request to the admin listener.
    func admin(_ method: String, _ target: String, _ headers: [String] = []) throws -> (head: ResponseHead, body: String) {
        let client = try TestClient(to: adminAddress())
        let lines = ["\(method) \(target) HTTP/1.1", "Host: localhost", "Connection: close"] + headers
        return try client.exchange(lines.joined(separator: "\r\n") + "\r\n\r\n")
    }

    /// The JSON document that the admin listener answers with.
    func adminJSON(_ target: String) throws -> JSONValue {
        let (head, body) = try admin("GET", target)
        guard head.status == 200 else { throw TestFailure("\(target) was answered with \(head.status): \(body)") }
        return try JSONDecoder().decode(JSONValue.self, from: Data(body.utf8))
    }
}

extension PoolSnapshot {
    /// Connections that serve sessions, or will or did, and sessions that wait for one.
    var leases: Int {
        endpoints.reduce(waiting) { $0 + $1.connections.connecting + $1.connections.leased + $1.connections.closing }
    }
}

extension Shard {
    /// What the loop has armed and registered.
    func loopStatistics() -> LoopStatistics { loop.statistics }
}
