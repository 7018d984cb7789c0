import COpenSSL
import Testing

@testable import RoadsteadTLS

@Suite("A context")
struct TLSContextTests {
    let directory: TestDirectory
    let authority: TestAuthority
    let files: CertificateFiles

    init() throws {
        directory = try TestDirectory()
        authority = try TestAuthority(directory)
        files = try authority.server()
    }

    @Test("says when each certificate expires, by its first name")
    func expiries() throws {
        let other = try authority.server("other", names: ["b.example", "a.example"], days: -1..<5)
        let again = try authority.server("again", names: ["b.example"], days: -1..<3)
        let client = try authority.client()
        let expiries = try TLSContext.server(TLSServerOptions(certificates: [files, other, again, client])).certificateExpiries
        #expect(expiries.map(\.serverName) == ["localhost", "b.example", "client"])
        let now = roadstead_now()
        for (entry, days) in zip(expiries, [1, 3, 1] as [Int64]) {
            #expect(abs(entry.notAfter - now - days * TestAuthority.day) < 60, "\(entry.serverName)")
        }
    }

    @Test("of a server needs a certificate")
    func noCertificates() {
        #expect(throws: TLSError.noCertificates) { _ = try TLSContext.server(TLSServerOptions(certificates: [])) }
    }

    @Test("says which file it cannot read")
    func unreadable() {
        let missing = CertificateFiles(certificate: directory.file("none.pem"), key: files.key)
        #expect(throws: TLSError.unreadable(path: missing.certificate, reason: "No such file or directory")) {
            _ = try TLSContext.server(TLSServerOptions(certificates: [missing]))
        }
    }

    @Test("refuses a key of another certificate")
    func mismatch() throws {
        let other = try authority.server("other")
        let mixed = CertificateFiles(certificate: files.certificate, key: other.key)
        #expect(throws: TLSError.keyMismatch(certificate: files.certificate, key: other.key)) {
            _ = try TLSContext.server(TLSServerOptions(certificates: [mixed]))
        }
    }

    @Test("refuses a list without a known cipher")
    func ciphers() {
        #expect(throws: TLSError.unusableCiphers("NO-SUCH-CIPHER")) {
            _ = try TLSContext.server(TLSServerOptions(certificates: [files], ciphers: "NO-SUCH-CIPHER"))
        }
    }

    @Test("that asks for client certificates needs an authority", arguments: [nil, ""] as [String?])
    func noClientAuthority(path: String?) {
        #expect(throws: TLSError.noClientAuthority) {
            _ = try TLSContext.server(TLSServerOptions(certificates: [files], clientCertificates: .optional, clientAuthority: path))
        }
    }

    @Test("of a client needs a certificate and its key, or neither")
    func incomplete() {
        #expect(throws: TLSError.incompleteClientCertificate) {
            _ = try TLSContext.client(TLSClientOptions(authority: authority.path, certificate: files.certificate))
        }
        #expect(throws: TLSError.incompleteClientCertificate) {
            _ = try TLSContext.client(TLSClientOptions(authority: authority.path, key: files.key))
        }
    }

    @Test("refuses an authority that is no certificate")
    func authorityIsKey() {
        #expect(throws: TLSError.notACertificate(path: files.key)) {
            _ = try TLSContext.client(TLSClientOptions(authority: files.key))
        }
    }

    @Test("refuses application protocols that cannot be offered", arguments: ["", String(repeating: "x", count: 256)])
    func protocols(name: String) {
        #expect(throws: TLSError.unusableProtocol(name)) {
            _ = try TLSContext.client(TLSClientOptions(authority: authority.path, applicationProtocols: [name]))
        }
    }

    @Test("sends the intermediates that follow the certificate in its file")
    func chain() throws {
        let now = roadstead_now()
        let validity = (now - 100)..<(now + 100)
        let root = try CertificateIssuer.selfSigned(name: "root", key: .generate(), validity: validity, purpose: .authority(depth: 1))
        let middle = try root.issue(name: "middle", key: .generate(), validity: validity, purpose: .authority(depth: 0))
        let leaf = try middle.issue(
            name: "leaf", key: .generate(), validity: validity, purpose: .server(dnsNames: ["localhost"], addresses: []))
        for (name, bytes) in [
            ("root.pem", try root.certificate.pem()), ("leaf.pem", try leaf.certificate.pem()), ("leaf.key", try leaf.key.pem()),
            ("chain.pem", try leaf.certificate.pem() + middle.certificate.pem()),
        ] {
            try DiskFile.write(bytes, to: directory.file(name), mode: 0o600)
        }
        let client = try TLSContext.client(TLSClientOptions(authority: directory.file("root.pem")))
        func connect(_ file: String) throws -> Pair {
            let files = CertificateFiles(certificate: directory.file(file), key: directory.file("leaf.key"))
            return try Pair(client: client, server: .server(TLSServerOptions(certificates: [files]))).connect()
        }
        try connect("chain.pem").expectConnected()
        #expect(try connect("leaf.pem").client.failure?.cause == .verifyFailed("unable to get local issuer certificate"))
    }
}
