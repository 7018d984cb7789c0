import TestSupport
import Testing

@testable import RoadsteadTLS

@Suite("Data")
struct TLSDataTests {
    let directory: TestDirectory
    let serverContext: TLSContext
    let authority: TestAuthority

    init() throws {
        directory = try TestDirectory()
        authority = try TestAuthority(directory)
        serverContext = try .server(TLSServerOptions(certificates: [authority.server()]))
    }

    private func pair(_ version: TLSVersion = .v1_3, _ delivery: Delivery = .whole) throws -> Pair {
        let client = try TLSContext.client(TLSClientOptions(authority: authority.path, maximumVersion: version))
        return try Pair(client: client, server: serverContext, delivery: delivery).connect()
    }

    private func bytes(_ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: UInt64(count))
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
    }

    @Test("arrives whole both ways", arguments: [TLSVersion.v1_2, .v1_3], Delivery.all)
    func arrives(version: TLSVersion, delivery: Delivery) throws {
        let pair = try pair(version, delivery)
        var sizes = [0, 1, 2, 125, 16_383, 16_384, 16_385, 40_000]
        if case .byteByByte = delivery {} else { sizes += [1 << 20] }
        for size in sizes {
            let sent = bytes(size)
            #expect(pair.client.send(sent) == nil)
            #expect(pair.server.send(sent) == nil)
            pair.settle()
            #expect(pair.server.received == sent, "\(size) bytes to the server")
            #expect(pair.client.received == sent, "\(size) bytes to the client")
            pair.client.clearReceived()
            pair.server.clearReceived()
        }
        #expect(pair.client.end == nil && pair.server.end == nil)
    }

    @Test("behind the last handshake message in the same piece is decrypted by the same call")
    func behindTheHandshake() throws {
        let client = try Peer(.client(TLSClientOptions(authority: authority.path)), serverName: "localhost")
        let server = try Peer(serverContext)
        client.start()
        server.receive(client.takeOutgoing())
        client.receive(server.takeOutgoing())
        #expect(client.connection.isEstablished)
        #expect(client.send([1, 2, 3]) == nil)
        server.receive(client.takeOutgoing())
        #expect(server.handshakes == 1 && server.received == [1, 2, 3])
    }

    @Test("of several records in one piece is decrypted by one call, with half a record kept for the next")
    func severalRecords() throws {
        let pair = try pair()
        for byte in UInt8(1)...5 { #expect(pair.client.send([UInt8](repeating: byte, count: 100)) == nil) }
        let ciphertext = pair.client.takeOutgoing()
        pair.server.receive(ciphertext[..<(ciphertext.count - 30)])
        #expect(pair.server.received.count == 400)
        pair.server.receive(ciphertext[(ciphertext.count - 30)...])
        #expect(pair.server.received.count == 500)
    }

    @Test("goes in records of up to 16 KiB")
    func recordSize() throws {
        let pair = try pair()
        #expect(pair.server.send(bytes(40_000)) == nil)
        let ciphertext = pair.server.takeOutgoing()
        var lengths: [Int] = []
        var at = 0
        while at < ciphertext.count {
            let length = Int(ciphertext[at + 3]) << 8 | Int(ciphertext[at + 4])
            lengths.append(length)
            at += 5 + length
        }
        // One byte of content type and 16 of authentication tag each (RFC 8446 section 5.2).
        #expect(lengths == [16_384 + 17, 16_384 + 17, 40_000 - 2 * 16_384 + 17])
    }

    @Test("ends with close_notify from either side, and still flows the other way", arguments: [TLSVersion.v1_2, .v1_3], [true, false])
    func closeNotify(version: TLSVersion, clientCloses: Bool) throws {
        let pair = try pair(version)
        let (closing, other) = clientCloses ? (pair.client, pair.server) : (pair.server, pair.client)
        #expect(closing.send([1]) == nil)
        closing.connection.closeNotify()
        let ciphertext = closing.takeOutgoing()
        closing.connection.closeNotify()
        #expect(closing.channel.outgoingCount == 0, "close_notify is sent once")
        other.receive(ciphertext)
        #expect(other.received == [1])
        #expect(other.end == .closeNotify)
        #expect(closing.end == nil)

        #expect(other.connection.isEstablished)
        #expect(other.send([2, 3]) == nil)
        other.connection.closeNotify()
        closing.receive(other.takeOutgoing())
        #expect(closing.received == [2, 3])
        #expect(closing.end == .closeNotify)
    }

    @Test("cannot be sent after close_notify, which is a failure and not a crash")
    func sendAfterClose() throws {
        let pair = try pair()
        pair.client.connection.closeNotify()
        #expect(pair.client.send([1])?.reason == "protocol is shutdown")
        #expect(pair.client.send([1]) == TLSFailure.alreadyFailed)
    }

    @Test("after close_notify is ignored")
    func afterClose() throws {
        let pair = try pair()
        pair.client.connection.closeNotify()
        pair.server.receive(pair.client.takeOutgoing() + [0xFF, 0x00, 0x13, 0x37])
        pair.server.receive([1, 2, 3])
        #expect(pair.server.end == .closeNotify)
        #expect(pair.server.received.isEmpty)
    }

    @Test("has nothing to close before the handshake")
    func closeBeforeHandshake() throws {
        let server = try Peer(serverContext)
        server.connection.closeNotify()
        #expect(server.channel.outgoingCount == 0)
        #expect(!server.connection.isEstablished)
    }

    @Test("that was changed on the way is a failure on both sides", arguments: [TLSVersion.v1_2, .v1_3])
    func tampered(version: TLSVersion) throws {
        let pair = try pair(version)
        #expect(pair.client.send([1, 2, 3]) == nil)
        var ciphertext = pair.client.takeOutgoing()
        ciphertext[ciphertext.count - 1] ^= 1
        pair.server.receive(ciphertext)
        #expect(pair.server.failure?.cause == .protocolError)
        #expect(pair.server.failure?.isPeerAlert == false)
        #expect(pair.server.received.isEmpty)
        #expect(pair.server.send([1]) == TLSFailure.alreadyFailed)
        #expect(!pair.server.connection.isEstablished)
        pair.settle()
        #expect(pair.client.failure?.isPeerAlert == true)
    }
}
