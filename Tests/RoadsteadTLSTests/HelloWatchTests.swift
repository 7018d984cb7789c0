import COpenSSL
import TestSupport
import Testing

@testable import RoadsteadTLS

@Suite("The watch for long ClientHellos")
struct HelloWatchTests {
    /// Bytes of a client, and what becomes of a watch that sees them.
    struct Row: Sendable, CustomTestStringConvertible {
        let name: String
        let bytes: [UInt8]
        let isOn: Bool
        let hasFound: Bool

        static func watched(_ name: String, _ bytes: [UInt8]) -> Row { Row(name: name, bytes: bytes, isOn: true, hasFound: false) }
        static func found(_ name: String, _ bytes: [UInt8]) -> Row { Row(name: name, bytes: bytes, isOn: false, hasFound: true) }
        static func left(_ name: String, _ bytes: [UInt8]) -> Row { Row(name: name, bytes: bytes, isOn: false, hasFound: false) }

        var testDescription: String { name }
    }

    private static func record(_ content: [UInt8], type: UInt8 = 22, version: [UInt8] = [3, 1], length: Int? = nil) -> [UInt8] {
        let length = length ?? content.count
        return [type] + version + [UInt8(length >> 8), UInt8(length & 0xFF)] + content
    }

    private static func head(_ length: Int, type: UInt8 = 1) -> [UInt8] {
        [type, UInt8(length >> 16), UInt8(length >> 8 & 0xFF), UInt8(length & 0xFF)]
    }

    /// A ClientHello of `length` bytes without its head, whose bytes look like heads of longer ones, in records of 16 KiB.
    private static func hello(_ length: Int, in size: Int = 16_384) -> [UInt8] {
        let message = head(length) + (0..<length).map { [1, 2, 1, 68][$0 % 4] }
        return stride(from: 0, to: message.count, by: size).flatMap { record(Array(message[$0..<min($0 + size, message.count)])) }
    }

    private static let long = head(131_396)
    private static let change = record([1], type: 20, version: [3, 3])

    static let rows: [Row] = [
        .watched("nothing", []),
        .watched("a hello", hello(512)),
        .watched("a hello in small records", hello(512, in: 7)),
        .watched("a hello of no bytes", record(head(0))),
        .watched("the longest hello", hello(16_384)),
        .watched("the head of the longest hello", record(head(16_384), length: 16_384)),
        .found("one byte more", record(head(16_385), length: 16_384)),
        .found("the longest that OpenSSL takes", record(long, length: 16_384)),
        .found("the longest that can be written", record(head(0xFF_FFFF), length: 512)),
        .found("a head in a record of its own", record(long)),
        .found("a head in two records", record(Array(long[..<1])) + record(Array(long[1...]))),
        .found("a head in four records, with empty ones", long.flatMap { record([]) + record([$0]) }),
        .found("another version of records", record(long, version: [3, 4])),
        .watched("a head without its last byte", record(Array(long[..<3]), length: 4)),
        .found("a second hello in the same record", record(head(4) + [9, 9, 9, 9] + long)),
        .found("a second hello in a record that its first one began", record(head(4) + [9]) + record([9, 9, 9] + long)),
        .found("a second hello after a change of ciphers", hello(512) + change + record(long)),
        .found("a hello after an alert", record([1, 0], type: 21) + record(long)),
        .watched("early data that look like records", hello(512) + change + record(record(long), type: 23, version: [3, 3])),
        .watched("other messages that are longer", record(head(100_000, type: 11), length: 16_384) + record(long)),
        .left("another kind of record", record([0], type: 24) + record(long)),
        .left("another protocol's version", record(long, version: [2, 0])),
        .left("a hello as SSL 2.0 had it", [0x80, 0x2E, 1, 3, 1] + record(long)),
        .left("plain HTTP", Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)),
        .left("zeros", [UInt8](repeating: 0, count: 64)),
    ]

    private func note(_ bytes: [UInt8], _ watch: inout HelloWatch, ends: [Int]) {
        var start = 0
        for end in ends {
            watch.note(bytes[start..<end].span)
            start = end
        }
    }

    @Test("finds those and nothing else, in any pieces", arguments: rows, Delivery.all)
    func finds(row: Row, delivery: Delivery) {
        var watch = HelloWatch(limit: HelloWatch.longest)
        var generator = SeededGenerator(seed: 0)
        if case .random(let seed) = delivery { generator = SeededGenerator(seed: seed) }
        note(row.bytes, &watch, ends: delivery.ends(row.bytes.count, &generator))
        #expect(watch.isOn == row.isOn && watch.hasFound == row.hasFound)
    }

    @Test("finds them wherever the bytes are split in two", arguments: rows.filter { $0.bytes.count < 1_000 })
    func split(row: Row) {
        for end in 0...row.bytes.count {
            var watch = HelloWatch(limit: HelloWatch.longest)
            note(row.bytes, &watch, ends: [end, row.bytes.count])
            #expect(watch.isOn == row.isOn && watch.hasFound == row.hasFound, "after \(end) bytes")
        }
    }

    @Test("is over when it was stopped, and for clients from the start, but forgets nothing that it found")
    func stop() {
        var stopped = HelloWatch(limit: HelloWatch.longest)
        stopped.stop()
        var clients = HelloWatch(limit: nil)
        for _ in 0..<2 {
            stopped.note(Self.record(Self.long).span)
            clients.note(Self.record(Self.long).span)
        }
        #expect(!stopped.isOn && !stopped.hasFound && !clients.isOn && !clients.hasFound)
        var found = HelloWatch(limit: HelloWatch.longest)
        found.note(Self.record(Self.long).span)
        found.stop()
        #expect(found.hasFound)
    }

    @Test("takes 16 bytes of a connection at most")
    func size() { #expect(MemoryLayout<HelloWatch>.size <= 16) }

    // With OpenSSL.

    private func pair(_ version: TLSVersion = .v1_3, delivery: Delivery = .whole) throws -> Pair {
        let authority = try TestAuthority(TestDirectory())
        return try Pair(
            client: .client(TLSClientOptions(authority: authority.path, maximumVersion: version)),
            server: .server(TLSServerOptions(certificates: [authority.server()])), delivery: delivery)
    }

    /// Makes the client offer a key share that the server asks it to replace.
    private func offerAnotherGroup(_ client: Peer) {
        var groups = Array("P-521:X25519".utf8CString)
        // SAFETY: a NUL-terminated text that OpenSSL reads during the call; the peer keeps its connection.
        let isTaken = unsafe groups.withUnsafeMutableBufferPointer { text in
            unsafe SSL_ctrl(client.connection.ssl, SSL_CTRL_SET_GROUPS_LIST, 0, text.baseAddress) == 1
        }
        #expect(isTaken)
    }

    private static let alert: [UInt8] = [21, 3, 3, 0, 2, 2, 47]

    @Test("ends a connection with an alert, once")
    func refusal() throws {
        let server = try pair().server
        for byte in Self.record(Self.long, length: 16_384).dropLast() { server.receive([byte]) }
        #expect(server.end == nil)
        server.receive([Self.long[3]])
        #expect(server.failure == .helloTooLong)
        #expect(server.takeOutgoing() == Self.alert)
        server.receive(Self.hello(512))
        #expect(server.takeOutgoing().isEmpty && !server.connection.isEstablished)
    }

    @Test("lets the longest hello go on to OpenSSL, which has something else against it")
    func longest() throws {
        let server = try pair().server
        server.receive(Self.hello(16_384))
        #expect(server.failure != nil && server.failure != .helloTooLong)
    }

    @Test("lets a client that has to send a second hello do so", arguments: Delivery.all)
    func retry(delivery: Delivery) throws {
        let pair = try pair(delivery: delivery)
        offerAnotherGroup(pair.client)
        pair.connect()
        pair.expectConnected()
    }

    @Test("finds a second hello that is too long", arguments: [true, false])
    func longRetry(changes: Bool) throws {
        let pair = try pair()
        offerAnotherGroup(pair.client)
        pair.client.start()
        pair.server.receive(pair.client.takeOutgoing())
        let answer = pair.server.takeOutgoing()
        // The random that makes a ServerHello a HelloRetryRequest.
        #expect(answer[5] == 2 && answer[11...].starts(with: [0xCF, 0x21, 0xAD, 0x74]))
        pair.server.receive((changes ? Self.change : []) + Self.record(Self.long))
        #expect(pair.server.failure == .helloTooLong)
        #expect(pair.server.takeOutgoing() == Self.alert)
    }

    @Test("leaves everything after the server's answer to OpenSSL", arguments: [TLSVersion.v1_2, .v1_3])
    func afterTheAnswer(version: TLSVersion) throws {
        let pair = try pair(version)
        pair.client.start()
        pair.server.receive(pair.client.takeOutgoing())
        #expect(pair.server.channel.outgoingCount > 0)
        pair.server.receive(Self.record(Self.long, version: [3, 3]))
        #expect(pair.server.failure != nil && pair.server.failure != .helloTooLong)
    }

    @Test("takes nothing encrypted for a hello, in full handshakes and resumed ones", arguments: [TLSVersion.v1_2, .v1_3], Delivery.all)
    func encrypted(version: TLSVersion, delivery: Delivery) throws {
        let authority = try TestAuthority(TestDirectory())
        let client = try TLSContext.client(TLSClientOptions(authority: authority.path, maximumVersion: version))
        let server = try TLSContext.server(TLSServerOptions(certificates: [authority.server()]))
        var session: TLSSession?
        for round in 0..<3 {
            let pair = try Pair(client: client, server: server, resuming: session, delivery: delivery).connect()
            pair.expectConnected()
            #expect(pair.server.connection.negotiated.isResumed == (round > 0))
            let next: TLSSession = try #require(pair.client.connection.session)
            session = next
        }
    }
}
