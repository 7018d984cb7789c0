import COpenSSL

@testable import RoadsteadTLS

/// A certificate authority of one test's own, writing what it issues into the test's folder.
struct TestAuthority {
    enum KeyKind { case ecdsa, rsa }

    static let day: Int64 = 86_400

    let directory: TestDirectory
    let issuer: CertificateIssuer
    /// The PEM file of the authority.
    let path: String

    init(_ directory: TestDirectory, name: String = "authority") throws {
        self.directory = directory
        let now = roadstead_now()
        issuer = try CertificateIssuer.selfSigned(name: name, key: .generate(), validity: (now - Self.day)..<(now + Self.day))
        path = directory.file("\(name).pem")
        try DiskFile.write(issuer.certificate.pem(), to: path, mode: 0o644)
    }

    /// A server's certificate; `days` are relative to now.
    func server(
        _ file: String = "server", names: [String] = ["localhost"], addresses: [String] = [], days: Range<Int64> = -1..<1,
        key kind: KeyKind = .ecdsa
    ) throws -> CertificateFiles {
        try issue(file, purpose: .server(dnsNames: names, addresses: addresses), days: days, kind: kind)
    }

    func client(_ file: String = "client", days: Range<Int64> = -1..<1) throws -> CertificateFiles {
        try issue(file, purpose: .client, days: days, kind: .ecdsa)
    }

    private func issue(_ file: String, purpose: CertificateIssuer.Purpose, days: Range<Int64>, kind: KeyKind) throws -> CertificateFiles {
        let now = roadstead_now()
        let key = kind == .rsa ? try PrivateKey.generateRSA() : try PrivateKey.generate()
        let validity = (now + days.lowerBound * Self.day)..<(now + days.upperBound * Self.day)
        let issued = try issuer.issue(name: file, key: key, validity: validity, purpose: purpose)
        let files = CertificateFiles(certificate: directory.file("\(file).pem"), key: directory.file("\(file).key"))
        try DiskFile.write(issued.certificate.pem(), to: files.certificate, mode: 0o644)
        try DiskFile.write(key.pem(), to: files.key, mode: 0o600)
        return files
    }
}
