import COpenSSL

/// Certificates for trying things out on one machine: a certificate authority, and a server and a client certificate issued by it, all
/// ECDSA on P-256. Whoever trusts `ca.pem` can connect; nobody else needs to.
public enum DevelopmentCertificates {
    /// The longest that browsers and systems accept for a server.
    static let validityInDays: Int64 = 825
    /// The authority outlives what it issues, so that it has to be trusted only once.
    static let authorityValidityInDays: Int64 = 3650
    /// The names by which development certificates are known again; others are somebody's own and never touched.
    static let authorityName = "Roadstead Development CA"
    private static let secondsPerDay: Int64 = 86_400

    /// Makes what is missing, expired or does not fit in `directory` (and the directory): `ca.pem` and `ca.key`, `server.pem` and
    /// `server.key` for localhost, *.localhost, 127.0.0.1, ::1 and this machine's name, `client.pem` and `client.key`. Keys have the mode 0600.
    ///
    /// Keys that are there are used again and certificates from elsewhere are kept, unless `replace` is true: then all six are made anew.
    public static func make(in directory: String, replace: Bool = false) throws(TLSError) {
        try DiskFile.makeDirectory(directory)
        let kit = Kit(directory: directory, now: roadstead_now(), replaces: replace)
        let authority = try kit.authority()
        try kit.leaf("server", purpose: .server(dnsNames: serverNames(), addresses: ["127.0.0.1", "::1"]), issuer: authority)
        try kit.leaf("client", purpose: .client, issuer: authority)
    }

    /// localhost, what is below it, and this machine's name if it can be a DNS name (RFC 1123 section 2.1).
    private static func serverNames() -> [String] {
        let host = DiskFile.hostName()
        let isName =
            !host.isEmpty
            && host.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            }
        return ["localhost", "*.localhost"] + (isName && host != "localhost" ? [host] : [])
    }

    /// One directory at one moment.
    private struct Kit {
        let directory: String
        let now: Int64
        let replaces: Bool

        func path(_ name: String) -> String { directory.isEmpty ? name : "\(directory)/\(name)" }

        /// An hour back, because clocks differ.
        func validity(days: Int64) -> Range<Int64> { (now - 3600)..<(now - 3600 + days * secondsPerDay) }

        /// The authority that is there, or a new one.
        func authority() throws(TLSError) -> CertificateIssuer {
            let (key, kept) = try pair("ca", commonName: authorityName) { $0.isAuthority }
            if let kept {
                guard kept.isAuthority else { throw .wouldOverwrite(path: path("ca.pem"), reason: "it is not a certificate authority") }
                return CertificateIssuer(certificate: kept, key: key)
            }
            let issuer = try CertificateIssuer.selfSigned(
                name: authorityName, key: key, validity: validity(days: authorityValidityInDays))
            try DiskFile.write(try issuer.certificate.pem(), to: path("ca.pem"), mode: 0o644)
            return issuer
        }

        /// Leaves the certificate that is there if it is good, or else issues it.
        func leaf(_ name: String, purpose: CertificateIssuer.Purpose, issuer: CertificateIssuer) throws(TLSError) {
            let commonName = "Roadstead development \(name)"
            let (key, kept) = try pair(name, commonName: commonName) { $0.isIssued(by: issuer.certificate) }
            guard kept == nil else { return }
            let full = validity(days: validityInDays)
            let last = min(full.upperBound, issuer.certificate.notAfter)
            let issued = try issuer.issue(name: commonName, key: key, validity: full.lowerBound..<last, purpose: purpose)
            try DiskFile.write(try issued.certificate.pem(), to: path("\(name).pem"), mode: 0o644)
        }

        /// The key, old or new, and the certificate that is there if it is to stay. One from elsewhere stays if it is usable, and is an error
        /// if it is not: it is not ours to replace.
        private func pair(
            _ name: String, commonName: String, isRight: (Certificate) -> Bool
        ) throws(TLSError) -> (PrivateKey, Certificate?) {
            let path = path("\(name).pem")
            guard !replaces, DiskFile.exists(path) else { return (try key(name), nil) }
            let certificate = try Certificate.chain(path: path)[0]
            let isOurs = certificate.commonName == commonName
            guard isOurs || DiskFile.exists(self.path("\(name).key")) else {
                throw .wouldOverwrite(path: path, reason: "it was not made here, and its key \(name).key is missing")
            }
            let key = try key(name)
            let fits = certificate.fits(key)
            let isCurrent = certificate.notBefore <= now && certificate.notAfter > now
            if isOurs { return (key, fits && isCurrent && isRight(certificate) ? certificate : nil) }
            guard fits else { throw .wouldOverwrite(path: path, reason: "it was not made here and does not fit \(name).key") }
            guard isCurrent else { throw .wouldOverwrite(path: path, reason: "it was not made here and has expired") }
            return (key, certificate)
        }

        /// The key that is there, or a new one, already written: a certificate whose key was lost would be worse than a key without one.
        private func key(_ name: String) throws(TLSError) -> PrivateKey {
            let path = path("\(name).key")
            if !replaces && DiskFile.exists(path) { return try PrivateKey(path: path) }
            let key = try PrivateKey.generate()
            try DiskFile.write(try key.pem(), to: path, mode: 0o600)
            return key
        }
    }
}
