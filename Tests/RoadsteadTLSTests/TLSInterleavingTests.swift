import TestSupport
import Testing

@testable import RoadsteadTLS

@Suite("Many connections on one channel")
struct TLSInterleavingTests {
    @Test("do not disturb each other, whatever the others' input does to the error queue")
    func interleaved() throws {
        let directory = try TestDirectory()
        let authority = try TestAuthority(directory)
        let serverContext = try TLSContext.server(TLSServerOptions(certificates: [authority.server()]))
        let clientContext = try TLSContext.client(TLSClientOptions(authority: authority.path))
        let channel = TLSChannel()
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)

        var pairs: [(client: Peer, server: Peer, toServer: [UInt8], toClient: [UInt8])] = []
        for _ in 0..<40 {
            let client = try Peer(clientContext, channel: channel, serverName: "localhost")
            let server = try Peer(serverContext, channel: channel)
            client.start()
            pairs.append((client, server, client.takeOutgoing(), []))
        }
        let spoiled = try (0..<200).map { _ in try Peer(serverContext, channel: channel) }
        for step in 0..<6_000 {
            if step % 30 == 0 {
                let victim = spoiled[step / 30]
                victim.receive(Array("GET / HTTP/1.1\r\n\r\n".utf8))
                #expect(victim.failure?.cause == .httpRequest, "seed \(seed)")
                channel.removeAll()
            }
            let index = Int.random(in: pairs.indices, using: &generator)
            advance(&pairs[index], &generator)
        }
        for index in pairs.indices {
            while !pairs[index].toServer.isEmpty || !pairs[index].toClient.isEmpty { advance(&pairs[index], &generator) }
            let (client, server, _, _) = pairs[index]
            #expect(client.end == nil && server.end == nil, "seed \(seed)")
            #expect(client.handshakes == 1 && server.handshakes == 1, "seed \(seed)")
            let message = Array("connection \(index)".utf8)
            #expect(client.send(message) == nil)
            server.receive(client.takeOutgoing())
            #expect(server.received == message, "seed \(seed)")
        }
    }

    /// Moves a random piece one way.
    private func advance(
        _ pair: inout (client: Peer, server: Peer, toServer: [UInt8], toClient: [UInt8]), _ generator: inout SeededGenerator
    ) {
        if Bool.random(using: &generator) {
            let count = min(pair.toServer.count, Int.random(in: 0...900, using: &generator))
            pair.server.receive(pair.toServer[..<count])
            pair.toServer.removeFirst(count)
            pair.toClient += pair.server.takeOutgoing()
        } else {
            let count = min(pair.toClient.count, Int.random(in: 0...900, using: &generator))
            pair.client.receive(pair.toClient[..<count])
            pair.toClient.removeFirst(count)
            pair.toServer += pair.client.takeOutgoing()
        }
    }
}
