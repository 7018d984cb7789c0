/// A value of the TLS sections that only a TLS library can judge, besides certificates with their keys.
public enum TLSValue: Sendable, Equatable {
    /// A PEM file of certificate authorities.
    case authority(path: String)
    /// An OCSP response in DER that is to be stapled to a certificate (paths).
    case staple(path: String, certificate: String)
    /// A cipher list for TLS 1.2.
    case ciphers(String)
}
