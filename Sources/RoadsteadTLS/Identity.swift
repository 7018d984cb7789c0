/// A certificate with its chain, its key and its OCSP response, read from their files once.
struct Identity {
    let files: CertificateFiles
    /// The certificate, then its intermediates.
    let chain: [Certificate]
    let key: PrivateKey
    let response: OCSPResponse?

    /// Reads the files, and sees to it that they belong together.
    init(_ files: CertificateFiles) throws(TLSError) {
        self.files = files
        chain = try Certificate.chain(path: files.certificate)
        key = try PrivateKey(path: files.key)
        guard chain[0].fits(key) else { throw .keyMismatch(certificate: files.certificate, key: files.key) }
        response = files.ocsp.isEmpty ? nil : try OCSPResponse(path: files.ocsp, for: chain, certificatePath: files.certificate)
    }

    /// What decides for which clients it is.
    var subject: CertificateChoices.Subject { CertificateChoices.Subject(names: chain[0].names, keyKind: chain[0].keyKind) }

    /// What operators should know of it.
    var facts: CertificateFacts {
        CertificateFacts(
            path: files.certificate, name: chain[0].names.first ?? "", notAfter: chain[0].notAfter, staple: response?.staple)
    }
}
