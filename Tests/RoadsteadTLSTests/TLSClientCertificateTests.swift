import Testing

@testable import RoadsteadTLS

@Suite("Client certificates")
struct TLSClientCertificateTests {
    let directory: TestDirectory
    let authority: TestAuthority
    let other: TestAuthority

    init() throws {
        directory = try TestDirectory()
        authority = try TestAuthority(directory)
        other = try TestAuthority(directory, name: "other")
    }

    private func connect(
        _ mode: ClientCertificates, showing files: CertificateFiles?, version: TLSVersion, resuming: TLSSession? = nil
    ) throws -> Pair {
        let server = try TLSContext.server(
            TLSServerOptions(
                certificates: [authority.server()], clientCertificates: mode, clientAuthority: mode == .none ? nil : authority.path))
        let client = try TLSContext.client(
            TLSClientOptions(
                authority: authority.path, certificate: files?.certificate, key: files?.key, maximumVersion: version))
        return try Pair(client: client, server: server, resuming: resuming).connect()
    }

    @Test("are seen by a server that asks", arguments: [ClientCertificates.optional, .required], [TLSVersion.v1_2, .v1_3])
    func shown(mode: ClientCertificates, version: TLSVersion) throws {
        let pair = try connect(mode, showing: authority.client(), version: version)
        pair.expectConnected()
        #expect(pair.server.connection.peerSubject == "CN=client,O=Roadstead")
    }

    @Test("are not seen by a server that does not ask", arguments: [TLSVersion.v1_2, .v1_3])
    func notAskedFor(version: TLSVersion) throws {
        let pair = try connect(.none, showing: authority.client(), version: version)
        pair.expectConnected()
        #expect(pair.server.connection.peerSubject == nil)
    }

    @Test("may be missing when they are optional", arguments: [TLSVersion.v1_2, .v1_3])
    func optional(version: TLSVersion) throws {
        let pair = try connect(.optional, showing: nil, version: version)
        pair.expectConnected()
        #expect(pair.server.connection.peerSubject == nil)
    }

    @Test("may not be missing when they are required, and the client is told so", arguments: [TLSVersion.v1_2, .v1_3])
    func required(version: TLSVersion) throws {
        let pair = try connect(.required, showing: nil, version: version)
        #expect(pair.server.failure?.cause == .certificateRequired)
        #expect(pair.server.failure?.isPeerAlert == false)
        // TLS 1.2 has no alert of its own for it.
        #expect(pair.client.failure?.cause == (version == .v1_3 ? .certificateRequired : .handshakeRefused))
        #expect(pair.client.failure?.isPeerAlert == true)
    }

    @Test(
        "of an unknown authority, expired or for servers are refused even when they are optional",
        arguments: [ClientCertificates.optional, .required])
    func refused(mode: ClientCertificates) throws {
        let unwelcome = [
            try other.client("foreign"), try authority.client("expired", days: -3 ..< -2), try authority.server("misused"),
        ]
        for files in unwelcome {
            let pair = try connect(mode, showing: files, version: .v1_3)
            guard case .verifyFailed = pair.server.failure?.cause else {
                Issue.record("\(files.certificate): expected a failed verification, got \(String(describing: pair.server.failure))")
                continue
            }
            #expect(pair.client.failure?.isPeerAlert == true)
        }
    }

    @Test("survive resumption: the server still knows who it is", arguments: [TLSVersion.v1_2, .v1_3])
    func resumed(version: TLSVersion) throws {
        let server = try TLSContext.server(
            TLSServerOptions(certificates: [authority.server()], clientCertificates: .required, clientAuthority: authority.path))
        let files = try authority.client()
        let client = try TLSContext.client(
            TLSClientOptions(authority: authority.path, certificate: files.certificate, key: files.key, maximumVersion: version))
        let first = try Pair(client: client, server: server).connect()
        let session: TLSSession = try #require(first.client.connection.session)
        let second = try Pair(client: client, server: server, resuming: session).connect()
        second.expectConnected()
        #expect(second.server.connection.negotiated.isResumed)
        #expect(second.server.connection.peerSubject == "CN=client,O=Roadstead")
    }
}
