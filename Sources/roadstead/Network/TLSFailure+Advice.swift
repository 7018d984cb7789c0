import RoadsteadTLS

extension TLSFailure {
    /// What a person who connects can do about it.
    var clientAdvice: String {
        switch cause {
        case .verifyFailed(let detail) where detail.contains("mismatch"):
            "connect by a name that the server's certificate has"
        case .verifyFailed(let detail) where detail.contains("expired") || detail.contains("not yet valid"):
            "the server's certificate must be renewed (`roadstead certs` renews development certificates)"
        case .verifyFailed:
            "name the authority that signed the certificate: --ca certs/ca.pem for a development gateway; or connect unchecked with --insecure"
        case .certificateRequired, .certificateRejected:
            "the server wants a client certificate that it knows: --certificate FILE --key FILE"
        case .protocolError, .httpRequest:
            "does the server speak TLS there? If not, connect with ws://"
        case .noSharedCipher, .handshakeRefused, .unsupportedVersion, .noApplicationProtocol, .other:
            "check what the server allows"
        }
    }
}
