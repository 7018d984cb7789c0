/// Why a context, a connection or a certificate could not be made. What a peer does wrong is a ``TLSFailure`` instead.
public enum TLSError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A file could not be read; `reason` is the system's word for it.
    case unreadable(path: String, reason: String)
    /// A file or folder could not be written; `reason` is the system's word for it.
    case unwritable(path: String, reason: String)
    /// The file holds no PEM certificate, or a damaged one.
    case notACertificate(path: String)
    /// The file holds no PEM private key, or a damaged one, or one with a passphrase.
    case notAKey(path: String)
    /// The private key belongs to another certificate.
    case keyMismatch(certificate: String, key: String)
    /// A server without a certificate.
    case noCertificates
    /// Client certificates are asked for, and no authority is named to check them against.
    case noClientAuthority
    /// One of certificate and key is given and the other is not.
    case incompleteClientCertificate
    /// OpenSSL knows no cipher of this list.
    case unusableCiphers(String)
    /// An application protocol's name is empty or longer than 255 bytes.
    case unusableProtocol(String)
    /// The server name is no DNS name and no IP address.
    case unusableServerName(String)
    /// A file that may not be replaced stands where a development certificate should go.
    case wouldOverwrite(path: String, reason: String)
    /// The file holds no OCSP response in DER, or a damaged one.
    case notAnOCSPResponse(path: String)
    /// The authority's answer was that it does not answer.
    case emptyOCSPResponse(path: String)
    /// The OCSP response is about other certificates.
    case foreignOCSPResponse(path: String, certificate: String)
    /// OpenSSL refused; `what` is the step and `reason` its own words.
    case library(what: String, reason: String)

    /// What failed, where, and what to do about it.
    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "cannot read \(path): \(reason); check the path and its permissions"
        case .unwritable(let path, let reason):
            "cannot write \(path): \(reason); choose a folder that this user may write to"
        case .notACertificate(let path):
            "\(path) holds no readable PEM certificate; expected a file with -----BEGIN CERTIFICATE-----, the server's own first"
        case .notAKey(let path):
            "\(path) holds no readable PEM private key; expected -----BEGIN PRIVATE KEY----- without a passphrase"
        case .keyMismatch(let certificate, let key):
            "the private key \(key) does not fit the certificate \(certificate); use the pair that was issued together"
        case .noCertificates:
            "a TLS server needs at least one certificate"
        case .noClientAuthority:
            "client certificates are asked for but no CA is named to check them against; name its PEM file"
        case .incompleteClientCertificate:
            "a client certificate needs both its certificate and its key; give both or neither"
        case .unusableCiphers(let list):
            "no known cipher in the list \"\(list)\"; use names as `openssl ciphers` prints them, or leave it empty"
        case .unusableProtocol(let name):
            "\"\(name)\" cannot be offered as an application protocol; names have 1 to 255 bytes"
        case .unusableServerName(let name):
            "\"\(name)\" is neither a DNS name nor an IP address"
        case .wouldOverwrite(let path, let reason):
            "\(path) is kept: \(reason); move it away, or ask for replacement"
        case .notAnOCSPResponse(let path):
            "\(path) holds no OCSP response in DER; fetch one with `openssl ocsp … -respout`"
        case .emptyOCSPResponse(let path):
            "\(path) is an OCSP response without an answer; fetch it again"
        case .foreignOCSPResponse(let path, let certificate):
            "the OCSP response \(path) is not about the certificate \(certificate); fetch the one for it"
        case .library(let what, let reason):
            "OpenSSL could not \(what): \(reason)"
        }
    }
}
