import RoadsteadMachines

/// Everything an operator may know of a session (DESIGN section 5), as a value. Times are nanoseconds since 1970.
public struct SessionSnapshot: Sendable, Equatable {
    /// What TLS negotiated.
    public struct TLS: Sendable, Equatable {
        public var version: String
        public var cipher: String
        public var serverName: String?
    }

    public var id: SessionID
    public var state: SessionState
    public var route: String?
    public var user: String?
    public var remote: String
    public var tls: TLS?
    public var origin: String?
    public var userAgent: String?
    public var subprotocol: String?
    public var opened: Int64
    public var lastActive: Int64
    public var roundTripTime: RoundTripTime
    public var received: TrafficCount
    public var sent: TrafficCount
    public var queuedBytes: Int
    public var upstream: String?
    public var endpoint: String?
    public var attach: Int
    public var close: CloseRecord?
    public var closedAt: Int64?
}

extension ClientSession {
    /// What it is now.
    func snapshot() -> SessionSnapshot {
        var tls: SessionSnapshot.TLS?
        if case .openssl(let connection)? = connection?.transport, connection.isEstablished {
            let negotiated = connection.negotiated
            tls = SessionSnapshot.TLS(version: negotiated.version, cipher: negotiated.cipher, serverName: negotiated.serverName)
        }
        let endpoint = upstream?.endpoint ?? lastEndpoint
        let runtime = route?.pool?.runtime
        return SessionSnapshot(
            id: id, state: machine.state, route: route?.configuration.name, user: nil, remote: remote.description, tls: tls, origin: origin,
            userAgent: userAgent, subprotocol: subprotocol, opened: shard.wallClock(startedAt),
            lastActive: shard.wallClock(machine.lastActive),
            roundTripTime: machine.roundTripTime ?? lastRoundTripTime, received: receivedCount, sent: sentCount,
            queuedBytes: connection?.queuedBytes ?? 0, upstream: runtime?.configuration.name,
            endpoint: endpoint.flatMap { runtime?.endpoints[$0].address.text }, attach: attachCount, close: machine.closeRecord,
            closedAt: nil)
    }
}
