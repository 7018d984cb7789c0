import Testing

@testable import RoadsteadTLS

@Suite("The check of certificate files")
struct CertificateCheckTests {
    let directory: TestDirectory
    let authority: TestAuthority
    let files: CertificateFiles

    init() throws {
        directory = try TestDirectory()
        authority = try TestAuthority(directory)
        files = try authority.server()
    }

    @Test("finds nothing wrong with a pair, even an expired one")
    func good() throws {
        #expect(CertificateCheck.problem(certificate: files.certificate, key: files.key) == nil)
        let expired = try authority.server("expired", days: -3 ..< -2)
        #expect(CertificateCheck.problem(certificate: expired.certificate, key: expired.key) == nil)
        #expect(CertificateCheck.problem(authority: authority.path) == nil)
    }

    @Test("names a file that is not there")
    func missing() throws {
        let path = directory.file("none.pem")
        let problem = "cannot read \(path): No such file or directory; check the path and its permissions"
        #expect(CertificateCheck.problem(certificate: path, key: files.key) == problem)
        #expect(CertificateCheck.problem(certificate: files.certificate, key: path) == problem)
        #expect(CertificateCheck.problem(authority: path) == problem)
        #expect(CertificateCheck.problem(authority: directory.path)?.contains("Is a directory") == true)
    }

    @Test(
        "says when a file is not what it should be",
        arguments: ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
    func notPEM(text: String) throws {
        let path = try directory.write(text, to: "bad.pem")
        #expect(CertificateCheck.problem(certificate: path, key: files.key)?.contains("\(path) holds no readable PEM certificate") == true)
        #expect(CertificateCheck.problem(certificate: files.certificate, key: path)?.contains("no readable PEM private key") == true)
        #expect(CertificateCheck.problem(authority: path) != nil)
    }

    @Test("says when a chain is damaged after its first certificate")
    func damagedChain() throws {
        let damaged = directory.file("server.pem")
        let text = try directory.read("server.pem") + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
        _ = try directory.write(text, to: "server.pem")
        #expect(CertificateCheck.problem(certificate: damaged, key: files.key)?.contains("no readable PEM certificate") == true)
    }

    @Test("says when a key does not fit, and when the two are swapped")
    func mismatch() throws {
        let other = try authority.server("other")
        #expect(CertificateCheck.problem(certificate: files.certificate, key: other.key)?.contains("does not fit") == true)
        #expect(CertificateCheck.problem(certificate: files.key, key: files.certificate)?.contains("no readable PEM certificate") == true)
    }

    @Test("refuses a key with a passphrase instead of asking for it")
    func passphrase() throws {
        let encrypted = """
            -----BEGIN ENCRYPTED PRIVATE KEY-----
            MIGbMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgAAAAAAAAAAAICCAAw
            DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEAAAAAAAAAAAAAAAAAAAAAAEQAAA
            -----END ENCRYPTED PRIVATE KEY-----

            """
        let path = try directory.write(encrypted, to: "encrypted.key")
        #expect(CertificateCheck.problem(certificate: files.certificate, key: path)?.contains("without a passphrase") == true)
    }

    @Test("refuses a file too large to be PEM")
    func large() throws {
        let path = try directory.write(String(repeating: "x", count: DiskFile.maximumBytes + 1), to: "large.pem")
        #expect(CertificateCheck.problem(authority: path)?.contains("larger than") == true)
    }
}
