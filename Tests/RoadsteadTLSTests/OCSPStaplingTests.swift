import TestSupport
import Testing

@testable import RoadsteadTLS

@Suite("An OCSP response")
struct OCSPStaplingTests {
    let directory: TestDirectory
    let authority: TestAuthority
    let files: CertificateFiles

    init() throws {
        directory = try TestDirectory()
        authority = try TestAuthority(directory)
        files = try authority.server()
    }

    /// The files with a response beside them.
    private func stapled(
        _ files: CertificateFiles, from: Int = -60, until: Int? = 60, isRevoked: Bool = false
    ) throws -> (files: CertificateFiles, bytes: [UInt8]) {
        let certificate = try Certificate.chain(path: files.certificate)[0]
        let bytes = TestResponder.response(for: certificate, by: authority.issuer, from: from, until: until, isRevoked: isRevoked)
        let path = "\(files.certificate).ocsp"
        try DiskFile.write(bytes, to: path, mode: 0o644)
        return (CertificateFiles(certificate: files.certificate, key: files.key, ocsp: path), bytes)
    }

    /// What a client that asks is given.
    private func given(_ server: TLSContext, serverName: String = "localhost", version: TLSVersion = .v1_3) throws -> [UInt8]? {
        let client = try TLSContext.client(TLSClientOptions(authority: authority.path, maximumVersion: version))
        let pair = try Pair(client: client, server: server, serverName: serverName)
        pair.client.askForStaple()
        pair.connect().expectConnected()
        return pair.client.staple
    }

    @Test("is stapled byte for byte when a client asks", arguments: [TLSVersion.v1_2, .v1_3])
    func served(version: TLSVersion) throws {
        let (files, bytes) = try stapled(files)
        let server = try TLSContext.server(TLSServerOptions(certificates: [files]))
        #expect(try given(server, version: version) == bytes)
        #expect(server.certificates.map(\.staple?.path) == [files.ocsp])
    }

    @Test("goes with its own certificate, whichever name is asked for")
    func several() throws {
        let (first, firstBytes) = try stapled(files)
        let (second, secondBytes) = try stapled(try authority.server("other", names: ["other.example"]))
        let bare = try authority.server("bare", names: ["bare.example"])
        let server = try TLSContext.server(TLSServerOptions(certificates: [first, second, bare]))
        #expect(try given(server) == firstBytes)
        #expect(try given(server, serverName: "other.example") == secondBytes)
        #expect(try given(server, serverName: "bare.example") == nil)
    }

    @Test(
        "is stapled from its first second to the one before its end",
        arguments: [(-60, 60, true), (-60, nil, true), (-60, -1, false), (30, 60, false)] as [(Int, Int?, Bool)])
    func time(from: Int, until: Int?, isServed: Bool) throws {
        let (files, bytes) = try stapled(files, from: from, until: until)
        let server = try TLSContext.server(TLSServerOptions(certificates: [files]))
        #expect(try given(server) == (isServed ? bytes : nil))
        #expect((server.certificates[0].staple?.validUntil == nil) == (until == nil))
    }

    @Test("that says revoked is stapled and told")
    func revoked() throws {
        let (files, bytes) = try stapled(files, isRevoked: true)
        let server = try TLSContext.server(TLSServerOptions(certificates: [files]))
        #expect(try given(server) == bytes)
        #expect(server.certificates[0].staple?.isRevoked == true)
    }

    @Test("for another certificate, or of another authority with the same name, is refused")
    func foreign() throws {
        let other = try stapled(try authority.server("other")).files
        #expect(CertificateCheck.problem(staple: other.ocsp, certificate: other.certificate) == nil)
        let problem = CertificateCheck.problem(staple: other.ocsp, certificate: files.certificate)
        #expect(problem?.contains("is not about the certificate") == true)
        // The chain has the issuer, so that its key is compared too.
        let impostor = try TestAuthority(try TestDirectory())
        let certificate = try Certificate.chain(path: files.certificate)[0]
        let bytes = TestResponder.response(for: certificate, by: impostor.issuer, from: -60, until: 60)
        let path = directory.file("impostor.ocsp")
        try DiskFile.write(bytes, to: path, mode: 0o644)
        let chain = directory.file("chain.pem")
        try DiskFile.write(try DiskFile.read(files.certificate) + DiskFile.read(authority.path), to: chain, mode: 0o644)
        #expect(CertificateCheck.problem(staple: path, certificate: chain)?.contains("is not about the certificate") == true)
    }

    @Test("cut anywhere, or with a byte too many, is refused")
    func damaged() throws {
        let (files, bytes) = try stapled(files)
        let path = directory.file("damaged.ocsp")
        for count in 0..<bytes.count {
            try DiskFile.write(Array(bytes[..<count]), to: path, mode: 0o644)
            let problem = CertificateCheck.problem(staple: path, certificate: files.certificate)
            #expect(problem?.contains("no OCSP response in DER") == true, "\(count)")
        }
        try DiskFile.write(bytes + [0], to: path, mode: 0o644)
        #expect(CertificateCheck.problem(staple: path, certificate: files.certificate) != nil)
        try DiskFile.write([0x30, 0x03, 0x0A, 0x01, 0x03], to: path, mode: 0o644)
        #expect(CertificateCheck.problem(staple: path, certificate: files.certificate)?.contains("without an answer") == true)
        #expect(CertificateCheck.problem(staple: directory.file("none"), certificate: files.certificate)?.contains("cannot read") == true)
    }

    @Test("with random bytes changed is refused or taken, and nothing else")
    func random() throws {
        let (files, bytes) = try stapled(files)
        var generator = SeededGenerator(seed: 11)
        let path = directory.file("random.ocsp")
        var refused = 0
        for _ in 0..<500 {
            var changed = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                changed[Int.random(in: changed.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            try DiskFile.write(changed, to: path, mode: 0o644)
            if CertificateCheck.problem(staple: path, certificate: files.certificate) != nil { refused += 1 }
        }
        #expect(refused > 0)
    }
}
