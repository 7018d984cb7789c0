import COpenSSL

/// A response of a certificate's authority that says whether the certificate is revoked (RFC 6960), read from a file. Its signature is
/// the clients' to check; what is checked here is that the file is what the operator meant.
struct OCSPResponse {
    /// The response in DER, as it is handed out.
    let bytes: [UInt8]
    /// When it holds, and what it says.
    let facts: roadstead_ocsp_facts
    /// The file it came from.
    let path: String

    /// Reads the response for the first certificate of a chain; without the issuer in the chain the issuer's key is not compared.
    init(path: String, for chain: [Certificate], certificatePath: String) throws(TLSError) {
        let bytes = try DiskFile.read(path)
        let issuer = chain.first { chain[0].isIssued(by: $0) }
        var facts = roadstead_ocsp_facts()
        // A pointer keeps nothing alive: without this, the last certificate that is used may be freed before it is looked at.
        let result = withExtendedLifetime((chain, issuer)) {
            // SAFETY: the bytes are read during the call only; both certificates live as long as the closure.
            unsafe roadstead_ocsp_read(bytes, bytes.count, chain[0].pointer, issuer?.pointer, &facts)
        }
        switch result {
        case 0: break
        case 1: throw .notAnOCSPResponse(path: path)
        case 2: throw .emptyOCSPResponse(path: path)
        case _: throw .foreignOCSPResponse(path: path, certificate: certificatePath)
        }
        self.bytes = bytes
        self.facts = facts
        self.path = path
    }

    /// What operators should know of it.
    var staple: CertificateFacts.Staple {
        CertificateFacts.Staple(
            path: path, validFrom: facts.from, validUntil: facts.until == 0 ? nil : facts.until, isRevoked: facts.is_revoked == 1)
    }
}
