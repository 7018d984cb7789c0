import Testing

@testable import RoadsteadTLS

@Suite("The handshake")
struct TLSHandshakeTests {
    let directory: TestDirectory
    let authority: TestAuthority
    let files: CertificateFiles

    init() throws {
        directory = try TestDirectory()
        authority = try TestAuthority(directory)
        files = try authority.server()
    }

    private func server(_ change: (inout TLSServerOptions) -> Void = { _ in }) throws -> TLSContext {
        var options = TLSServerOptions(certificates: [files])
        change(&options)
        return try .server(options)
    }

    private func client(_ change: (inout TLSClientOptions) -> Void = { _ in }) throws -> TLSContext {
        var options = TLSClientOptions(authority: authority.path)
        change(&options)
        return try .client(options)
    }

    @Test("completes with either version, in any pieces", arguments: [(TLSVersion.v1_2, "TLSv1.2"), (.v1_3, "TLSv1.3")], Delivery.all)
    func completes(version: (maximum: TLSVersion, name: String), delivery: Delivery) throws {
        let pair = try Pair(client: client { $0.maximumVersion = version.maximum }, server: server(), delivery: delivery).connect()
        pair.expectConnected()
        for peer in [pair.client, pair.server] {
            let negotiated = peer.connection.negotiated
            #expect(negotiated.version == version.name)
            #expect(negotiated.serverName == "localhost")
            #expect(negotiated.applicationProtocol == "http/1.1")
            #expect(!negotiated.isResumed)
        }
        #expect(pair.client.connection.peerSubject == "CN=server,O=Roadstead")
        #expect(pair.server.connection.peerSubject == nil)
    }

    @Test("prefers AES-128 in TLS 1.3 and an ECDHE AES-128-GCM suite in TLS 1.2")
    func preferredSuites() throws {
        let modern = try Pair(client: client(), server: server()).connect()
        #expect(modern.server.connection.negotiated.cipher == "TLS_AES_128_GCM_SHA256")
        let older = try Pair(client: client { $0.maximumVersion = .v1_2 }, server: server()).connect()
        #expect(older.server.connection.negotiated.cipher == "ECDHE-ECDSA-AES128-GCM-SHA256")
    }

    @Test("is refused below the server's minimum version, and the client is told so")
    func minimumVersion() throws {
        let pair = try Pair(client: client { $0.maximumVersion = .v1_2 }, server: server { $0.minimumVersion = .v1_3 }).connect()
        #expect(pair.server.failure == TLSFailure(reason: "unsupported protocol", isPeerAlert: false, cause: .unsupportedVersion))
        #expect(pair.client.failure?.cause == .unsupportedVersion)
        #expect(pair.client.failure?.isPeerAlert == true)
    }

    @Test("is refused when no cipher is shared, and the client is told so")
    func noSharedCipher() throws {
        let pair = try Pair(
            client: client {
                $0.maximumVersion = .v1_2
                $0.ciphers = "ECDHE-ECDSA-AES256-GCM-SHA384"
            }, server: server { $0.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256" }
        ).connect()
        #expect(pair.server.failure == TLSFailure(reason: "no shared cipher", isPeerAlert: false, cause: .noSharedCipher))
        #expect(pair.client.failure?.cause == .handshakeRefused)
        #expect(pair.client.failure?.isPeerAlert == true)
    }

    @Test(
        "agrees on http/1.1 wherever it stands in the client's list, and on nothing when nothing is offered",
        arguments: [(["http/1.1"], "http/1.1"), (["h2", "http/1.1"], "http/1.1"), (["http/1.1", "h2"], "http/1.1"), ([], nil)],
        [TLSVersion.v1_2, .v1_3])
    func applicationProtocol(offer: (names: [String], expected: String?), version: TLSVersion) throws {
        let pair = try Pair(
            client: client {
                $0.applicationProtocols = offer.names
                $0.maximumVersion = version
            }, server: server()
        ).connect()
        pair.expectConnected()
        #expect(pair.client.connection.negotiated.applicationProtocol == offer.expected)
        #expect(pair.server.connection.negotiated.applicationProtocol == offer.expected)
    }

    @Test("is refused when the client insists on another protocol", arguments: [["h2"], ["http/1.0", "h2"], ["http/1.12"], ["ttp/1.1"]])
    func applicationProtocolMismatch(offer: [String]) throws {
        let pair = try Pair(client: client { $0.applicationProtocols = offer }, server: server()).connect()
        #expect(pair.server.failure?.cause == .noApplicationProtocol)
        #expect(pair.client.failure?.cause == .noApplicationProtocol)
        #expect(pair.client.failure?.isPeerAlert == true)
    }

    @Test("works on a server that makes no tickets", arguments: [TLSVersion.v1_2, .v1_3])
    func noTickets(version: TLSVersion) throws {
        let pair = try Pair(client: client { $0.maximumVersion = version }, server: server { $0.sessionTickets = false }).connect()
        pair.expectConnected()
    }

    @Test("of a client without a name sends none")
    func noServerName() throws {
        let pair = try Pair(client: client(), server: server(), serverName: nil).connect()
        pair.expectConnected()
        #expect(pair.server.connection.negotiated.serverName == nil)
    }

    @Test("is begun by the client alone")
    func start() throws {
        let server = try Peer(server())
        server.start()
        #expect(server.channel.outgoingCount == 0)
        let client = try Peer(client(), serverName: "localhost")
        client.start()
        let hello = client.takeOutgoing()
        #expect(hello.starts(with: [0x16, 0x03, 0x01]))
        #expect(!client.connection.isEstablished && client.end == nil)
    }

    @Test(
        "picks the certificate by server name: exact, then wildcard of one label, else the first",
        arguments: [
            ("a.example", "CN=first,O=Roadstead"), ("B.Example", "CN=second,O=Roadstead"), ("x.wild.example", "CN=wild,O=Roadstead"),
            ("own.wild.example", "CN=second,O=Roadstead"), ("x.y.wild.example", "CN=first,O=Roadstead"),
            ("wild.example", "CN=first,O=Roadstead"), ("unknown.example", "CN=first,O=Roadstead"),
        ], [TLSVersion.v1_2, .v1_3])
    func serverName(expectation: (name: String, subject: String), version: TLSVersion) throws {
        let certificates = [
            try authority.server("first", names: ["a.example"]),
            try authority.server("second", names: ["b.example", "own.wild.example", "a.example"]),
            try authority.server("wild", names: ["*.wild.example"]),
        ]
        let pair = try Pair(
            client: client {
                $0.verifies = false
                $0.maximumVersion = version
            }, server: server { $0.certificates = certificates }, serverName: expectation.name
        ).connect()
        pair.expectConnected()
        #expect(pair.client.connection.peerSubject == expectation.subject)
        #expect(pair.server.connection.negotiated.serverName?.lowercased() == expectation.name.lowercased())
    }

    @Test("uses the RSA certificate of a name for a client that knows no ECDSA, and the ECDSA one for others")
    func twoKindsOfKeys() throws {
        let both = [try authority.server("elliptic"), try authority.server("rivest", key: .rsa)]
        let context = try server { $0.certificates = both }
        for (ciphers, subject) in [("ECDHE-RSA-AES128-GCM-SHA256", "CN=rivest,O=Roadstead"), ("", "CN=elliptic,O=Roadstead")] {
            let pair = try Pair(
                client: client {
                    $0.maximumVersion = .v1_2
                    $0.ciphers = ciphers
                }, server: context
            ).connect()
            pair.expectConnected()
            #expect(pair.client.connection.peerSubject == subject)
        }
        #expect(context.certificateExpiries.count == 1)
    }
}
