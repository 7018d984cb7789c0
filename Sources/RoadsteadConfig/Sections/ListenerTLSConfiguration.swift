/// How a listener terminates TLS.
public struct ListenerTLSConfiguration: Sendable, Equatable {
    /// The certificates to show; SNI picks one by the names in it, and the first is the default.
    public var certificates: [CertificateConfiguration] = []
    /// The oldest protocol version that is accepted.
    public var minimumVersion = TLSMinimumVersion.v1_2
    /// The OpenSSL cipher list for TLS 1.2; empty is the modern default.
    public var ciphers = ""
    /// Whether clients may resume sessions by ticket.
    public var sessionTickets = true
    /// Whether clients must show certificates of their own.
    public var clientCertificates = ClientCertificatesConfiguration()

    /// The defaults, without a certificate.
    public init() {}

    /// The defaults, with these certificates.
    public init(certificates: [CertificateConfiguration]) {
        self.certificates = certificates
    }
}
