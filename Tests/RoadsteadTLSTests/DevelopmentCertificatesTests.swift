import COpenSSL
import Foundation
import TestSupport
import Testing

@testable import RoadsteadTLS

@Suite("Development certificates")
struct DevelopmentCertificatesTests {
    let directory: TestDirectory
    static let names = ["ca.key", "ca.pem", "client.key", "client.pem", "server.key", "server.pem"]

    init() throws {
        directory = try TestDirectory()
    }

    private func contents() throws -> [String: String] {
        try Dictionary(uniqueKeysWithValues: Self.names.map { ($0, try directory.read($0)) })
    }

    /// Runs the openssl tool; true if it exits with 0.
    private func openssl(_ arguments: String...) throws -> Bool {
        try SpawnedProgram(["openssl"] + arguments).wait() == 0
    }

    @Test("are six files in a folder made for them, the keys for the owner's eyes only")
    func files() throws {
        let nested = directory.file("a/b")
        try DevelopmentCertificates.make(in: nested)
        #expect(try FileManager.default.contentsOfDirectory(atPath: nested).sorted() == Self.names)
        for name in Self.names {
            #expect(try directory.mode(of: "a/b/\(name)") == (name.hasSuffix(".key") ? 0o600 : 0o644), "\(name)")
        }
    }

    @Test("verify with the openssl tool for their purpose, names and addresses, and for no other")
    func verify() throws {
        try DevelopmentCertificates.make(in: directory.path)
        let (ca, server, client) = (directory.file("ca.pem"), directory.file("server.pem"), directory.file("client.pem"))
        #expect(try openssl("verify", "-x509_strict", "-CAfile", ca, "-purpose", "sslserver", "-verify_hostname", "localhost", server))
        #expect(try openssl("verify", "-x509_strict", "-CAfile", ca, "-purpose", "sslserver", "-verify_ip", "127.0.0.1", server))
        #expect(try openssl("verify", "-x509_strict", "-CAfile", ca, "-purpose", "sslserver", "-verify_ip", "::1", server))
        #expect(try openssl("verify", "-x509_strict", "-CAfile", ca, "-purpose", "sslclient", client))
        #expect(try !openssl("verify", "-CAfile", ca, "-purpose", "sslclient", server))
        #expect(try !openssl("verify", "-CAfile", ca, "-purpose", "sslserver", client))
        #expect(try !openssl("verify", "-CAfile", ca, "-verify_hostname", "other.example", server))
    }

    @Test("have the names, the kind of key and the validity they should")
    func properties() throws {
        try DevelopmentCertificates.make(in: directory.path)
        let server = try Certificate.chain(path: directory.file("server.pem"))[0]
        #expect(server.dnsNames.starts(with: ["localhost", "*.localhost"]))
        #expect(server.addresses == ["127.0.0.1", "0:0:0:0:0:0:0:1"])
        #expect(server.notAfter - server.notBefore == 825 * 86_400)
        #expect(server.notBefore < roadstead_now())
        #expect(server.keyKind == EVP_PKEY_EC)
        #expect(!server.isAuthority)
        let authority = try Certificate.chain(path: directory.file("ca.pem"))[0]
        #expect(authority.isAuthority && server.isIssued(by: authority))
        #expect(authority.notAfter > server.notAfter)
    }

    @Test("serve a client that trusts them, with its own certificate")
    func serve() throws {
        try DevelopmentCertificates.make(in: directory.path)
        let server = try TLSContext.server(
            TLSServerOptions(
                certificates: [CertificateFiles(certificate: directory.file("server.pem"), key: directory.file("server.key"))],
                clientCertificates: .required, clientAuthority: directory.file("ca.pem")))
        let client = try TLSContext.client(
            TLSClientOptions(
                authority: directory.file("ca.pem"), certificate: directory.file("client.pem"), key: directory.file("client.key")))
        for name in ["localhost", "127.0.0.1", "::1"] {
            try Pair(client: client, server: server, serverName: name).connect().expectConnected()
        }
    }

    @Test("stay as they are when they are good, and are all new when replacement is asked for")
    func kept() throws {
        try DevelopmentCertificates.make(in: directory.path)
        let first = try contents()
        try DevelopmentCertificates.make(in: directory.path)
        #expect(try contents() == first)
        try DevelopmentCertificates.make(in: directory.path, replace: true)
        let replaced = try contents()
        for name in Self.names { #expect(replaced[name] != first[name], "\(name)") }
        #expect(try openssl("verify", "-CAfile", directory.file("ca.pem"), directory.file("server.pem"), directory.file("client.pem")))
    }

    @Test("that are lost are issued again, for the keys that are still there", arguments: names)
    func lost(name: String) throws {
        try DevelopmentCertificates.make(in: directory.path)
        let first = try contents()
        try FileManager.default.removeItem(atPath: directory.file(name))
        try DevelopmentCertificates.make(in: directory.path)
        let second = try contents()
        for key in Self.names where key.hasSuffix(".key") && key != name { #expect(second[key] == first[key], "\(key) is kept") }
        #expect(try openssl("verify", "-CAfile", directory.file("ca.pem"), directory.file("server.pem"), directory.file("client.pem")))
        for pair in ["server", "client"] {
            #expect(CertificateCheck.problem(certificate: directory.file("\(pair).pem"), key: directory.file("\(pair).key")) == nil)
        }
    }

    @Test("that have expired are issued again")
    func expired() throws {
        try DevelopmentCertificates.make(in: directory.path)
        let ca = CertificateIssuer(
            certificate: try Certificate.chain(path: directory.file("ca.pem"))[0], key: try PrivateKey(path: directory.file("ca.key")))
        let now = roadstead_now()
        let old = try ca.issue(
            name: "Roadstead development server", key: PrivateKey(path: directory.file("server.key")), validity: (now - 100)..<(now - 10),
            purpose: .server(dnsNames: ["localhost"], addresses: []))
        try DiskFile.write(old.certificate.pem(), to: directory.file("server.pem"), mode: 0o644)
        try DevelopmentCertificates.make(in: directory.path)
        #expect(try Certificate.chain(path: directory.file("server.pem"))[0].notAfter > now)
    }

    @Test("never take the place of somebody's own")
    func foreign() throws {
        let authority = try TestAuthority(directory)
        _ = try authority.server("server")
        let own = (try directory.read("server.pem"), try directory.read("server.key"))
        try DevelopmentCertificates.make(in: directory.path)
        #expect(try (directory.read("server.pem"), directory.read("server.key")) == own, "a good pair stays")

        try FileManager.default.removeItem(atPath: directory.file("server.key"))
        #expect(throws: TLSError.self) { try DevelopmentCertificates.make(in: directory.path) }
        #expect(try directory.read("server.pem") == own.0)
        #expect(!FileManager.default.fileExists(atPath: directory.file("server.key")))

        _ = try authority.server("server", days: -3 ..< -2)
        #expect(throws: TLSError.self) { try DevelopmentCertificates.make(in: directory.path) }
    }

    @Test("cannot be made where nothing may be written")
    func unwritable() throws {
        _ = try directory.write("", to: "file")
        #expect(throws: TLSError.self) { try DevelopmentCertificates.make(in: directory.file("file/certs")) }
    }
}
