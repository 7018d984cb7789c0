/// Whether a server asks its clients for a certificate (mutual TLS).
public enum ClientCertificates: Sendable, Equatable {
    /// Not asked for.
    case none
    /// Asked for; a client without one is welcome, one with an invalid one is not.
    case optional
    /// Asked for; no connection without a valid one.
    case required
}
