/// Whether clients show certificates during the TLS handshake.
public enum ClientCertificateMode: String, Sendable, Equatable, CaseIterable {
    /// None is asked for.
    case none
    /// One is asked for, and verified if it comes.
    case optional
    /// A handshake without one fails.
    case required
}
