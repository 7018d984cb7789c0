/// What a completed handshake agreed on.
public struct TLSNegotiated: Equatable, Sendable {
    /// `TLSv1.3` or `TLSv1.2`.
    public var version: String
    /// The cipher suite in OpenSSL's spelling, e.g. `TLS_AES_128_GCM_SHA256`.
    public var cipher: String
    /// The name the client asked for by SNI.
    public var serverName: String?
    /// Whether an earlier session was resumed, so that no certificates were exchanged.
    public var isResumed: Bool
    /// What ALPN agreed on, e.g. `http/1.1`; nil if the client offered nothing.
    public var applicationProtocol: String?
}
