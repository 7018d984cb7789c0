import RoadsteadMachines

/// Everything an operator may know of a session (DESIGN section 5), as a value. Times are nanoseconds since 1970.
public struct SessionSnapshot: Sendable, Equatable {
    /// What TLS negotiated.
    public struct TLS: Sendable, Equatable {
        /// As in "TLSv1.3".
        public var version: String
        /// As in "TLS_AES_128_GCM_SHA256".
        public var cipher: String
        /// What the client asked for by SNI.
        public var serverName: String?
    }

    /// Its name.
    public var id: SessionID
    /// Where it is in its life.
    public var state: SessionState
    /// `nil` until the request was routed.
    public var route: String?
    /// `nil` unless authenticated.
    public var user: String?
    /// The client, host:port.
    public var remote: String
    /// `nil` for plain ws.
    public var tls: TLS?
    /// The request's `Origin`.
    public var origin: String?
    /// The request's `User-Agent`.
    public var userAgent: String?
    /// What was agreed on.
    public var subprotocol: String?
    /// "permessage-deflate", if that was agreed on with the client.
    public var compression: String?
    /// The accept.
    public var opened: Int64
    /// The last message either way.
    public var lastActive: Int64
    /// What pings measured.
    public var roundTripTime: RoundTripTime
    /// From the client.
    public var received: TrafficCount
    /// To the client.
    public var sent: TrafficCount
    /// Waiting for the client's socket.
    public var queuedBytes: Int
    /// `nil` for echo.
    public var upstream: String?
    /// As configured; the last one, once it is let go of.
    public var endpoint: String?
    /// How many upstream connections it has had.
    public var attach: Int
    /// How it ends or ended.
    public var close: CloseRecord?
    /// `nil` while it lives.
    public var closedAt: Int64?
}
