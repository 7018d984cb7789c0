/// The files of one certificate with its chain, of its private key, and of what its authority says of it.
public struct CertificateFiles: Sendable, Equatable {
    /// The path of the certificate in PEM, followed in the same file by its intermediates.
    public var certificate: String
    /// The path of the private key in PEM, without a passphrase.
    public var key: String
    /// The path of an OCSP response in DER that is stapled to the certificate; empty means none.
    public var ocsp: String

    /// Names the files; nothing is read yet.
    public init(certificate: String, key: String, ocsp: String = "") {
        self.certificate = certificate
        self.key = key
        self.ocsp = ocsp
    }
}
