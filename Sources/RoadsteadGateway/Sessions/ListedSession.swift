import RoadsteadMachines
import RoadsteadWire

/// What a session is found and sorted by. Live ones answer from what they have, so that a list of a hundred among many thousands costs their
/// loop a look at each and no more.
protocol ListedSession {
    var id: SessionID { get }
    var routeName: String? { get }
    var user: String? { get }
    /// The client, host:port.
    var remoteText: String { get }
    var upstreamName: String? { get }
    /// Nanoseconds since 1970.
    var opened: Int64 { get }
    /// Nanoseconds since 1970.
    var lastActive: Int64 { get }
    var roundTripTime: RoundTripTime { get }
    var received: TrafficCount { get }
    var sent: TrafficCount { get }
    /// Bytes that wait for the client.
    var queuedBytes: Int { get }
}

extension SessionSnapshot: ListedSession {
    var routeName: String? { route }
    var remoteText: String { remote }
    var upstreamName: String? { upstream }
}

extension ClientSession: ListedSession {
    var routeName: String? { route?.configuration.name }
    var user: String? { nil }
    var remoteText: String { remote.shown }
    var upstreamName: String? { route?.pool?.runtime.configuration.name }
    var opened: Int64 { shard.wallClock(startedAt) }
    var lastActive: Int64 { shard.wallClock(machine.lastActive) }
    var roundTripTime: RoundTripTime { machine.roundTripTime ?? lastRoundTripTime }
    var received: TrafficCount { receivedCount }
    var sent: TrafficCount { sentCount }
    var queuedBytes: Int { (connection?.queuedBytes ?? 0) + (continuity?.keptBytes ?? 0) }

    /// As configured; the last one, once it is let go of.
    var endpointName: String? { (upstream?.endpoint ?? lastEndpoint).flatMap { route?.pool?.runtime.endpoints[$0].address.text } }

    /// What it is now.
    func snapshot() -> SessionSnapshot {
        var tls: SessionSnapshot.TLS?
        if case .openssl(let connection)? = connection?.transport, connection.isEstablished {
            let negotiated = connection.negotiated
            tls = SessionSnapshot.TLS(version: negotiated.version, cipher: negotiated.cipher, serverName: negotiated.serverName)
        }
        return SessionSnapshot(
            id: id, state: machine.state, route: routeName, user: user, remote: remoteText, tls: tls, origin: origin, userAgent: userAgent,
            subprotocol: subprotocol, compression: connection?.compressor == nil ? nil : DeflateAgreement.name, opened: opened,
            lastActive: lastActive, roundTripTime: roundTripTime, received: received, sent: sent, queuedBytes: queuedBytes,
            upstream: upstreamName, endpoint: endpointName, attach: attachCount, close: machine.closeRecord, closedAt: nil)
    }
}
