import COpenSSL

/// Which sessions a server may resume: only those that were made under the same rules, because a resumed session is not asked for its
/// certificate again and keeps its cipher. Two servers with one scope have the same client certificates, authorities, ciphers and versions.
struct ResumptionScope: Equatable {
    /// The session id context (RFC 5246 appendix F.1.4 leaves it to implementations): SHA-256 of the rules.
    let digest: [UInt8]

    /// The scope of a server with these options, whose client certificates these authorities may issue.
    init(_ options: TLSServerOptions, authorities: [Certificate]) throws(TLSError) {
        var rules = Array("roadstead \(options.clientCertificates) \(options.minimumVersion) \(options.ciphers)\n".utf8)
        for authority in authorities { rules += try authority.pem() }
        var digest = [UInt8](repeating: 0, count: 32)
        // SAFETY: reads and writes within the arrays.
        guard unsafe roadstead_digest(rules, rules.count, &digest) == 1 else {
            throw LibraryError.takeAsError("digest the rules of resumption")
        }
        self.digest = digest
    }
}
