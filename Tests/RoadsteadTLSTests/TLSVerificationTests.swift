import Testing

@testable import RoadsteadTLS

@Suite("Verification of the server by the client")
struct TLSVerificationTests {
    let directory: TestDirectory
    let authority: TestAuthority

    init() throws {
        directory = try TestDirectory()
        authority = try TestAuthority(directory)
    }

    private func connect(
        _ files: CertificateFiles, to name: String?, authority path: String? = nil, verifies: Bool = true, version: TLSVersion = .v1_3
    ) throws -> Pair {
        let client = try TLSContext.client(
            TLSClientOptions(authority: path ?? authority.path, verifies: verifies, maximumVersion: version))
        let server = try TLSContext.server(TLSServerOptions(certificates: [files]))
        return try Pair(client: client, server: server, serverName: name).connect()
    }

    @Test(
        "accepts the names of the certificate, wildcards and addresses included",
        arguments: ["localhost", "LOCALHOST", "a.wild.example", "127.0.0.1", "::1", "0:0:0:0:0:0:0:1"], [TLSVersion.v1_2, .v1_3])
    func rightName(name: String, version: TLSVersion) throws {
        let files = try authority.server(names: ["localhost", "*.wild.example"], addresses: ["127.0.0.1", "::1"])
        let pair = try connect(files, to: name, version: version)
        pair.expectConnected()
        let isAddress = name.contains(":") || name == "127.0.0.1"
        #expect(pair.server.connection.negotiated.serverName == (isAddress ? nil : name), "an address is never sent as a server name")
    }

    @Test(
        "refuses other names and addresses, and the server is told so",
        arguments: [
            ("other.example", "hostname mismatch"), ("wild.example", "hostname mismatch"), ("a.b.wild.example", "hostname mismatch"),
            ("127.0.0.2", "IP address mismatch"), ("::2", "IP address mismatch"),
        ])
    func wrongName(name: String, detail: String) throws {
        let files = try authority.server(names: ["localhost", "*.wild.example"], addresses: ["127.0.0.1", "::1"])
        let pair = try connect(files, to: name)
        let expected = TLSFailure(reason: "certificate verify failed", isPeerAlert: false, cause: .verifyFailed(detail))
        #expect(pair.client.failure == expected)
        #expect(pair.server.failure?.cause == .certificateRejected)
        #expect(pair.server.failure?.isPeerAlert == true)
    }

    @Test("refuses a certificate of an unknown authority", arguments: [TLSVersion.v1_2, .v1_3])
    func unknownAuthority(version: TLSVersion) throws {
        let other = try TestAuthority(directory, name: "other")
        let pair = try connect(authority.server(), to: "localhost", authority: other.path, version: version)
        #expect(pair.client.failure?.cause == .verifyFailed("unable to get local issuer certificate"))
        #expect(pair.server.failure?.cause == .certificateRejected)
    }

    @Test("refuses a certificate before and after its time")
    func outOfTime() throws {
        let expired = try connect(authority.server("expired", days: -3 ..< -2), to: "localhost")
        #expect(expired.client.failure?.cause == .verifyFailed("certificate has expired"))
        let early = try connect(authority.server("early", days: 2..<3), to: "localhost")
        #expect(early.client.failure?.cause == .verifyFailed("certificate is not yet valid"))
    }

    @Test("refuses a client's certificate shown by a server")
    func wrongPurpose() throws {
        let pair = try connect(authority.client(), to: nil)
        guard case .verifyFailed(let detail) = pair.client.failure?.cause else {
            Issue.record("expected a failed verification, got \(String(describing: pair.client.failure))")
            return
        }
        #expect(detail.contains("purpose"))
    }

    @Test("accepts anything when it is turned off")
    func turnedOff() throws {
        let pair = try connect(authority.server(days: -3 ..< -2), to: "other.example", authority: "", verifies: false)
        pair.expectConnected()
        #expect(pair.server.connection.negotiated.serverName == "other.example")
    }

    @Test("with the system's store refuses a private authority")
    func systemStore() throws {
        let pair = try connect(authority.server(), to: "localhost", authority: "")
        guard case .verifyFailed = pair.client.failure?.cause else {
            Issue.record("expected a failed verification, got \(String(describing: pair.client.failure))")
            return
        }
    }

    @Test("needs a usable name", arguments: ["", "nul\u{0}.example", String(repeating: "a", count: 300)])
    func unusableName(name: String) throws {
        let client = try TLSContext.client(TLSClientOptions(authority: authority.path))
        #expect(throws: TLSError.unusableServerName(name)) {
            _ = try TLSConnection(context: client, channel: TLSChannel(), serverName: name)
        }
    }
}
