import COpenSSL

/// A certificate with the key it belongs to, able to issue others if it is an authority.
struct CertificateIssuer {
    /// What a certificate is for; decides its key usage and extensions (RFC 5280 section 4.2.1).
    enum Purpose: Equatable {
        /// Issues others, with at most `depth` further authorities below it.
        case authority(depth: Int)
        /// Identifies a server by these DNS names and addresses.
        case server(dnsNames: [String], addresses: [String])
        /// Identifies a client.
        case client
    }

    /// The certificate.
    let certificate: Certificate
    /// Its key.
    let key: PrivateKey

    /// Issues to itself.
    static func selfSigned(
        name: String, key: PrivateKey, validity: Range<Int64>, purpose: Purpose = .authority(depth: 0)
    ) throws(TLSError) -> CertificateIssuer {
        CertificateIssuer(
            certificate: try issue(name: name, key: key, validity: validity, purpose: purpose, issuer: nil, issuerKey: key), key: key)
    }

    /// Issues a certificate for another key; `validity` in seconds since 1970.
    func issue(name: String, key: PrivateKey, validity: Range<Int64>, purpose: Purpose) throws(TLSError) -> CertificateIssuer {
        CertificateIssuer(
            certificate: try Self.issue(
                name: name, key: key, validity: validity, purpose: purpose, issuer: certificate, issuerKey: self.key),
            key: key)
    }

    private static func issue(
        name: String, key: PrivateKey, validity: Range<Int64>, purpose: Purpose, issuer: Certificate?, issuerKey: PrivateKey
    ) throws(TLSError) -> Certificate {
        // SAFETY: a fresh reference, or NULL; the issuer is only read.
        let pointer = unsafe withExtendedLifetime((key, issuer)) {
            unsafe roadstead_certificate_prepare(key.pointer, issuer?.pointer, name, validity.lowerBound, validity.upperBound)
        }
        // SAFETY: compared with NULL, then handed to the object that frees it.
        guard let certificate = unsafe pointer.map({ unsafe Certificate(owning: $0) }) else {
            throw LibraryError.takeAsError("prepare the certificate of \(name)")
        }
        for (kind, value) in extensions(purpose, isSelfSigned: issuer == nil) {
            // SAFETY: the certificate is not shared yet; the value is a NUL-terminated copy for the length of the call.
            guard unsafe roadstead_add_extension(certificate.pointer, (issuer ?? certificate).pointer, kind, value) == 1 else {
                throw LibraryError.takeAsError("add \"\(value)\" to the certificate of \(name)")
            }
        }
        let isSigned = withExtendedLifetime(issuerKey) {
            // SAFETY: the certificate is not shared yet.
            unsafe roadstead_certificate_sign(certificate.pointer, issuerKey.pointer) == 1
        }
        guard isSigned else {
            throw LibraryError.takeAsError("sign the certificate of \(name)")
        }
        return certificate
    }

    /// In OpenSSL's configuration language. The subject's key identifier comes first because the authority's may refer to it.
    private static func extensions(_ purpose: Purpose, isSelfSigned: Bool) -> [(kind: Int32, value: String)] {
        var all: [(kind: Int32, value: String)] = [(NID_subject_key_identifier, "hash")]
        if !isSelfSigned { all.append((NID_authority_key_identifier, "keyid:always")) }
        switch purpose {
        case .authority(let depth):
            all.append((NID_basic_constraints, "critical,CA:TRUE,pathlen:\(depth)"))
            all.append((NID_key_usage, "critical,keyCertSign,cRLSign"))
        case .server(let dnsNames, let addresses):
            all += leaf(usage: "serverAuth")
            let names = dnsNames.map { "DNS:\($0)" } + addresses.map { "IP:\($0)" }
            all.append((NID_subject_alt_name, names.joined(separator: ",")))
        case .client:
            all += leaf(usage: "clientAuth")
        }
        return all
    }

    private static func leaf(usage: String) -> [(kind: Int32, value: String)] {
        [(NID_basic_constraints, "critical,CA:FALSE"), (NID_key_usage, "critical,digitalSignature"), (NID_ext_key_usage, usage)]
    }
}
