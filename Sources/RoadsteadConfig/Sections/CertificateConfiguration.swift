/// One certificate chain and the private key that fits it, both PEM files.
public struct CertificateConfiguration: Sendable, Equatable {
    /// The path of the certificate, followed in the file by its intermediates.
    public var certificate = ""
    /// The path of the private key.
    public var key = ""

    /// Names no files yet.
    public init() {}

    /// Names these files.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}
