import TestSupport
import Testing

@testable import RoadsteadTLS

/// A client and a server joined in memory.
final class Pair {
    let client: Peer
    let server: Peer
    private let delivery: Delivery
    private var generator: SeededGenerator

    init(
        client clientContext: TLSContext, server serverContext: TLSContext, serverName: String? = "localhost", resuming: TLSSession? = nil,
        delivery: Delivery = .whole
    ) throws {
        client = try Peer(clientContext, serverName: serverName, resuming: resuming)
        server = try Peer(serverContext)
        self.delivery = delivery
        if case .random(let seed) = delivery { generator = SeededGenerator(seed: seed) } else { generator = SeededGenerator(seed: 0) }
    }

    /// One that is connected, the server with a certificate of an authority in this directory, which the client trusts.
    static func connected(in directory: TestDirectory) throws -> Pair {
        let authority = try TestAuthority(directory)
        return try Pair(
            client: .client(TLSClientOptions(authority: authority.path)),
            server: .server(TLSServerOptions(certificates: [authority.server()]))
        ).connect()
    }

    /// Starts the client and carries bytes until both are silent.
    @discardableResult
    func connect() -> Pair {
        client.start()
        settle()
        return self
    }

    /// Carries bytes both ways until both are silent.
    func settle() {
        while true {
            let toServer = client.takeOutgoing()
            deliver(toServer, to: server)
            let toClient = server.takeOutgoing()
            deliver(toClient, to: client)
            if toServer.isEmpty && toClient.isEmpty { return }
        }
    }

    private func deliver(_ bytes: [UInt8], to peer: Peer) {
        var start = 0
        for end in delivery.ends(bytes.count, &generator) {
            peer.receive(bytes[start..<end])
            start = end
        }
    }

    /// Fails the test unless both sides agree that they are connected.
    func expectConnected(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(client.connection.isEstablished && server.connection.isEstablished, sourceLocation: sourceLocation)
        #expect(client.handshakes == 1 && server.handshakes == 1, sourceLocation: sourceLocation)
        #expect(client.end == nil && server.end == nil, sourceLocation: sourceLocation)
    }
}
