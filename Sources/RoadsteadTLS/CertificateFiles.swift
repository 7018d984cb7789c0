/// The PEM files of one certificate with its chain, and of its private key.
public struct CertificateFiles: Sendable, Equatable {
    /// The path of the certificate, followed in the same file by its intermediates.
    public var certificate: String
    /// The path of the private key, without a passphrase.
    public var key: String

    /// Names a pair; nothing is read yet.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}
