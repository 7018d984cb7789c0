import TestSupport
import Testing

@testable import RoadsteadTLS

@Suite("Hostile input")
struct TLSHostileInputTests {
    let directory: TestDirectory
    let authority: TestAuthority
    let serverContext: TLSContext
    let clientContext: TLSContext

    init() throws {
        directory = try TestDirectory()
        authority = try TestAuthority(directory)
        serverContext = try .server(TLSServerOptions(certificates: [authority.server()]))
        clientContext = try .client(TLSClientOptions(authority: authority.path))
    }

    private func hello() throws -> [UInt8] {
        let client = try Peer(clientContext, serverName: "localhost")
        client.start()
        return client.takeOutgoing()
    }

    @Test(
        "that is plain HTTP is recognised",
        arguments: [
            "GET / HTTP/1.1\r\n\r\n", "POST /x HTTP/1.1\r\n", "HEAD / HTTP/1.0\r\n", "PUT / HTTP/1.1\r\n", "CONNECT a:1 HTTP/1.1\r\n",
            "DELETE / HTTP/1.1\r\n", "OPTIONS * HTTP/1.1\r\n", "PATCH / HTTP/1.1\r\n", "TRACE / HTTP/1.1\r\n", "PRI * HTTP/2.0\r\n",
        ],
        [Delivery.whole, .byteByByte])
    func plainHTTP(text: String, delivery: Delivery) throws {
        let server = try Peer(serverContext)
        var generator = SeededGenerator(seed: 0)
        var start = 0
        let bytes = Array(text.utf8)
        for end in delivery.ends(bytes.count, &generator) {
            server.receive(bytes[start..<end])
            start = end
        }
        #expect(server.failure?.cause == .httpRequest)
        #expect(server.failure?.isPeerAlert == false)
    }

    @Test(
        "that is not TLS fails as soon as a record's head is there",
        arguments: [
            [0, 0, 0, 0, 0, 0, 0], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x16, 0x02, 0x00, 0x00, 0x05, 1, 2, 3, 4, 5],
            [0x16, 0x03, 0x01, 0xFF, 0xFF, 0x01], [0x17, 0x03, 0x03, 0x00, 0x01, 0x00], Array("SSH-2.0-OpenSSH\r\n".utf8),
            Array("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n".utf8), [0x80, 0x2E, 0x01, 0x00, 0x02] + [UInt8](repeating: 0, count: 43),
        ] as [[UInt8]])
    func garbage(bytes: [UInt8]) throws {
        let server = try Peer(serverContext)
        server.receive(bytes)
        #expect(server.failure != nil)
        #expect(server.failure?.isPeerAlert == false)
        #expect(server.received.isEmpty)
        server.receive(bytes)
        #expect(!server.connection.isEstablished)
    }

    @Test("of random bytes never crashes a server or a client")
    func random() throws {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 1...3_000, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let framed = [0x16, 0x03, 0x01, UInt8(bytes.count >> 8), UInt8(bytes.count & 0xFF)] + bytes
            for input in [bytes, framed] {
                for context in [serverContext, clientContext] {
                    let peer = try Peer(context)
                    peer.start()
                    peer.receive(input)
                    #expect(!peer.connection.isEstablished && peer.received.isEmpty, "seed \(seed)")
                }
            }
        }
    }

    @Test("that stops anywhere in the ClientHello is waited for, without an answer")
    func truncatedHello() throws {
        let hello = try hello()
        for count in 0..<hello.count {
            let server = try Peer(serverContext)
            server.receive(hello[..<count])
            #expect(server.end == nil && server.channel.outgoingCount == 0, "\(count) bytes")
        }
    }

    @Test("that is a ClientHello with one byte changed fails or goes on, and never crashes")
    func changedHello() throws {
        let hello = try hello()
        var failures = 0
        for index in hello.indices {
            var changed = hello
            changed[index] ^= [UInt8(0x01), 0x80, 0xFF][index % 3]
            let server = try Peer(serverContext)
            server.receive(changed)
            #expect(!server.connection.isEstablished)
            if server.failure != nil { failures += 1 }
        }
        #expect(failures > hello.count / 10)
    }

    @Test("that is a server's answer with one byte changed never connects a client", arguments: [TLSVersion.v1_2, .v1_3])
    func changedAnswer(version: TLSVersion) throws {
        let context = try TLSContext.client(TLSClientOptions(authority: authority.path, maximumVersion: version))
        let length = try answer(to: Peer(context, serverName: "localhost")).count
        for index in stride(from: 0, to: length, by: 11) {
            let client = try Peer(context, serverName: "localhost")
            var changed = try answer(to: client)
            // The length varies by a byte or two with the signature.
            changed[min(index, changed.count - 1)] ^= 0x10
            client.receive(changed)
            #expect(!client.connection.isEstablished, "byte \(index)")
        }
    }

    private func answer(to client: Peer) throws -> [UInt8] {
        let server = try Peer(serverContext)
        client.start()
        server.receive(client.takeOutgoing())
        return server.takeOutgoing()
    }

    @Test("of endless tiny handshake records or empty ones is cut off, and makes no ciphertext")
    func tinyRecords() throws {
        let server = try Peer(serverContext)
        var fed = 0
        while server.end == nil && fed < 2_000 {
            server.receive([0x16, 0x03, 0x01, 0x00, 0x00])
            fed += 1
        }
        #expect(server.failure?.cause == .protocolError)
        #expect(fed < 100)
    }
}
