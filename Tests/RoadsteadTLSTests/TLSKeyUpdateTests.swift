import COpenSSL
import Testing

@testable import RoadsteadTLS

@Suite("Key updates")
struct TLSKeyUpdateTests {
    let directory: TestDirectory
    let pair: Pair

    init() throws {
        directory = try TestDirectory()
        pair = try .connected(in: directory)
        pair.expectConnected()
    }

    /// The client's key updates, each of which asks for one in return.
    private func updates(_ count: Int) -> [UInt8] {
        for _ in 0..<count {
            let isMade = withExtendedLifetime(pair) {
                let ssl = unsafe pair.client.connection.ssl  // SAFETY: valid as long as the pair.
                // SAFETY: as above.
                return unsafe SSL_key_update(ssl, Int32(SSL_KEY_UPDATE_REQUESTED)) == 1 && SSL_do_handshake(ssl) == 1
            }
            #expect(isMade)
        }
        return pair.client.takeOutgoing()
    }

    @Test("now and then are answered, and data go on")
    func few() {
        for round in 0..<10 {
            pair.server.receive(updates(1))
            pair.settle()
            #expect(pair.client.send([UInt8(round)]) == nil && pair.server.send([UInt8(round)]) == nil)
            pair.settle()
        }
        #expect(pair.server.received == Array(0..<10) && pair.client.received == Array(0..<10))
        #expect(pair.server.end == nil && pair.client.end == nil)
    }

    @Test("without end are cut off before they are all read")
    func flood() {
        pair.server.receive(updates(2_000))
        #expect(pair.server.failure == .tooManyMessages)
        // Its answers to those that it has read: 2,000 of them would have 54,000 bytes.
        #expect(pair.server.channel.outgoingCount < 2_000)
    }

    @Test("one by one among a little data are cut off as well")
    func trickle() {
        var sent = 0
        while pair.server.end == nil, sent < 1_000 {
            let update = updates(1)
            #expect(pair.client.send([1]) == nil)
            pair.server.receive(update + pair.client.takeOutgoing())
            sent += 1
        }
        #expect(pair.server.failure == .tooManyMessages)
        #expect(sent < 64)
    }

    @Test("are welcome as often as there is data for them")
    func busy() {
        let data = [UInt8](repeating: 7, count: 16 * 1024)
        for _ in 0..<200 {
            var bytes = updates(1)
            for _ in 0..<5 {
                #expect(pair.client.send(data) == nil)
                bytes += pair.client.takeOutgoing()
            }
            pair.server.receive(bytes)
            pair.server.channel.removeAll()
        }
        #expect(pair.server.end == nil)
        #expect(pair.server.received.count == 200 * 5 * data.count)
    }
}
