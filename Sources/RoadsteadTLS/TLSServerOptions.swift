/// What a listener's TLS side is made from.
public struct TLSServerOptions: Sendable, Equatable {
    /// Picked by SNI from the names in each; the first is the default.
    public var certificates: [CertificateFiles]
    /// Older versions are refused with a protocol_version alert.
    public var minimumVersion: TLSVersion
    /// An OpenSSL cipher list for TLS 1.2; empty means ECDHE with AES-GCM or ChaCha20-Poly1305 only. TLS 1.3 is not affected.
    public var ciphers: String
    /// Whether clients may resume by ticket. The keys rotate every two hours and die with the last context that has them.
    public var sessionTickets: Bool
    /// Whether clients are asked for certificates.
    public var clientCertificates: ClientCertificates
    /// The PEM file of the authorities that may issue client certificates; needed unless the mode is `none`.
    public var clientAuthority: String?

    /// Everything but the certificates has the default of the reference configuration.
    public init(
        certificates: [CertificateFiles], minimumVersion: TLSVersion = .v1_2, ciphers: String = "", sessionTickets: Bool = true,
        clientCertificates: ClientCertificates = .none, clientAuthority: String? = nil
    ) {
        self.certificates = certificates
        self.minimumVersion = minimumVersion
        self.ciphers = ciphers
        self.sessionTickets = sessionTickets
        self.clientCertificates = clientCertificates
        self.clientAuthority = clientAuthority
    }
}
