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

extension ListenerTLSConfiguration: ConfigurationSection {
    static let fields: [Field<ListenerTLSConfiguration>] = [
        Field(
            "certificates", \.certificates, .list(of: .section),
            "The certificates to show. SNI picks one by the names in it; the first is the default.",
            change: "Add one for each domain, or an RSA one beside an ECDSA one for old clients.", isRequired: true),
        Field(
            "minimum_version", \.minimumVersion, .word, "The oldest TLS version that is accepted.",
            change: "Set it to \"1.3\" when no client is older than 2019."),
        Field(
            "ciphers", \.ciphers, .text("OpenSSL cipher list"), "The cipher suites for TLS 1.2; empty is the modern default.",
            change: "Set it only when a policy names the suites."),
        Field(
            "session_tickets", \.sessionTickets, .boolean,
            "Whether clients may resume sessions by ticket, which makes reconnecting cheap; the keys rotate by themselves.",
            change: "Turn it off when a policy forbids tickets."),
        Field(
            "client_certificates", \.clientCertificates, .section, "Whether clients must show certificates of their own.",
            change: "Set it for bots and machines that you issue certificates to."),
    ]

    static var sample: ListenerTLSConfiguration { ListenerTLSConfiguration(certificates: [.sample]) }

    func check(at path: ConfigurationPath, reading: inout Reading) {
        if !ciphers.isEmpty { reading.judge(.ciphers(ciphers), at: path.appending("ciphers")) }
        guard certificates.isEmpty else { return }
        reading.report(
            "the list is empty; add an entry with a certificate and its key, or remove `tls` for plain ws",
            at: path.appending("certificates"))
    }
}
