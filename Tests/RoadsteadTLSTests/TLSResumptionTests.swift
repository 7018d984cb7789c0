import Testing

@testable import RoadsteadTLS

@Suite("Resumption by ticket")
struct TLSResumptionTests {
    let directory: TestDirectory
    let authority: TestAuthority
    let files: CertificateFiles

    init() throws {
        directory = try TestDirectory()
        authority = try TestAuthority(directory)
        files = try authority.server()
    }

    private func client(_ version: TLSVersion) throws -> TLSContext {
        try .client(TLSClientOptions(authority: authority.path, maximumVersion: version))
    }

    private func server(tickets: Bool = true) throws -> TLSContext {
        try .server(TLSServerOptions(certificates: [files], sessionTickets: tickets))
    }

    @Test("works, again and again, also when the first connection went without a close", arguments: [TLSVersion.v1_2, .v1_3])
    func works(version: TLSVersion) throws {
        let (client, server) = (try client(version), try server())
        var session: TLSSession?
        for round in 0..<4 {
            let pair = try Pair(client: client, server: server, resuming: session, delivery: .random(seed: 7)).connect()
            pair.expectConnected()
            #expect(pair.server.connection.negotiated.isResumed == (round > 0))
            #expect(pair.client.connection.negotiated.isResumed == (round > 0))
            #expect(pair.server.connection.negotiated.serverName == "localhost")
            #expect(pair.client.send([1, 2, 3]) == nil)
            pair.settle()
            #expect(pair.server.received == [1, 2, 3])
            let next: TLSSession = try #require(pair.client.connection.session)
            session = next
        }
    }

    @Test("outlives one rotation of the keys but not two", arguments: [TLSVersion.v1_2, .v1_3])
    func rotation(version: TLSVersion) throws {
        let (client, server) = (try client(version), try server())
        let session = try #require(try Pair(client: client, server: server).connect().client.connection.session)
        let keys = try #require(server.ticketKeys)
        for (rotations, isResumed) in [(0, true), (1, true), (2, false)] {
            if rotations > 0 { keys.rotate() }
            let pair = try Pair(client: client, server: server, resuming: session).connect()
            pair.expectConnected()
            #expect(pair.server.connection.negotiated.isResumed == isResumed, "after \(rotations) rotations")
        }
    }

    @Test(
        "works for two periods of the keys, which rotate by themselves, and not longer",
        arguments: [(0, true), (7199, true), (7200, true), (14_399, true), (14_400, false), (100_000, false)], [TLSVersion.v1_2, .v1_3])
    func time(age: (seconds: Int, isResumed: Bool), version: TLSVersion) throws {
        let (client, server) = (try client(version), try server())
        let session = try #require(try Pair(client: client, server: server).connect().client.connection.session)
        try #require(server.ticketKeys).age(seconds: age.seconds)
        // One after the other, so that the rotation that the first one causes does not matter to the second.
        for _ in 0..<2 {
            let pair = try Pair(client: client, server: server, resuming: session).connect()
            pair.expectConnected()
            #expect(pair.server.connection.negotiated.isResumed == age.isResumed)
        }
    }

    @Test("does not work with another context's tickets, which get a full handshake", arguments: [TLSVersion.v1_2, .v1_3])
    func otherContext(version: TLSVersion) throws {
        let client = try client(version)
        let session = try #require(try Pair(client: client, server: server()).connect().client.connection.session)
        let pair = try Pair(client: client, server: server(), resuming: session).connect()
        pair.expectConnected()
        #expect(!pair.server.connection.negotiated.isResumed)
    }

    @Test("works with the tickets of a predecessor, and of its predecessor", arguments: [TLSVersion.v1_2, .v1_3])
    func successor(version: TLSVersion) throws {
        let client = try client(version)
        var server = try server()
        let session = try #require(try Pair(client: client, server: server).connect().client.connection.session)
        for _ in 0..<3 {
            let renewed = try authority.server("renewed")
            server = try .server(TLSServerOptions(certificates: [renewed]), succeeding: server)
            let pair = try Pair(client: client, server: server, resuming: session).connect()
            pair.expectConnected()
            #expect(pair.server.connection.negotiated.isResumed)
        }
    }

    @Test("does not work with the tickets of a predecessor that had other rules", arguments: [TLSVersion.v1_2, .v1_3])
    func otherRules(version: TLSVersion) throws {
        let client = try client(version)
        let server = try server()
        let session = try #require(try Pair(client: client, server: server).connect().client.connection.session)
        let rules = [
            TLSServerOptions(certificates: [files], ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256"),
            TLSServerOptions(certificates: [files], clientCertificates: .optional, clientAuthority: authority.path),
        ]
        for options in rules {
            let successor = try TLSContext.server(options, succeeding: server)
            #expect(successor.ticketKeys !== server.ticketKeys)
            let pair = try Pair(client: client, server: successor, resuming: session).connect()
            pair.expectConnected()
            #expect(!pair.server.connection.negotiated.isResumed)
        }
        let off = try TLSContext.server(TLSServerOptions(certificates: [files], sessionTickets: false), succeeding: server)
        #expect(off.ticketKeys == nil)
    }

    @Test("is not offered when tickets are off", arguments: [TLSVersion.v1_2, .v1_3])
    func off(version: TLSVersion) throws {
        let (client, server) = (try client(version), try server(tickets: false))
        let first = try Pair(client: client, server: server).connect()
        if let session = first.client.connection.session {
            let second = try Pair(client: client, server: server, resuming: session).connect()
            second.expectConnected()
            #expect(!second.server.connection.negotiated.isResumed)
        }
        #expect(version == .v1_2 || first.client.connection.session == nil)
    }

    @Test("is not possible before the handshake")
    func tooEarly() throws {
        let peer = try Peer(client(.v1_3), serverName: "localhost")
        peer.start()
        #expect(peer.connection.session == nil)
    }
}
