import TestSupport
import Testing

@testable import RoadsteadTLS

@Suite("The channel's outgoing buffer")
struct TLSChannelTests {
    let directory: TestDirectory
    let pair: Pair

    init() throws {
        directory = try TestDirectory()
        pair = try .connected(in: directory)
    }

    private func send(_ count: Int) {
        #expect(pair.server.send([UInt8](repeating: 7, count: count)) == nil)
    }

    @Test("keeps its capacity for what fits")
    func base() {
        let channel = pair.server.channel
        #expect(channel.capacity == TLSChannel.baseCapacity && channel.outgoingCount == 0)
        send(60_000)
        #expect(channel.outgoingCount > 60_000 && channel.capacity == TLSChannel.baseCapacity)
    }

    @Test("grows for what does not, and gives a great spike back when it is drained")
    func spike() {
        let channel = pair.server.channel
        send(3 << 20)
        #expect(channel.capacity > 3 << 20)
        channel.discardOutgoing(channel.outgoingCount - 1)
        #expect(channel.capacity > 3 << 20)
        channel.discardOutgoing(1)
        #expect(channel.capacity == TLSChannel.baseCapacity)
    }

    @Test("gives a small spike back after some quiet, not between busy wake-ups")
    func smallSpike() {
        let channel = pair.server.channel
        for _ in 0..<50 {
            send(200_000)
            channel.removeAll()
            send(10)
            channel.removeAll()
            #expect(channel.capacity > TLSChannel.baseCapacity)
        }
        for _ in 0..<20 {
            send(10)
            channel.removeAll()
        }
        #expect(channel.capacity == TLSChannel.baseCapacity)
    }

    @Test("is taken from the front in any pieces, while more is appended")
    func pieces() {
        let channel = pair.server.channel
        var generator = SeededGenerator(seed: 5)
        var sent = 0
        var ciphertext: [UInt8] = []
        for _ in 0..<300 {
            let count = Int.random(in: 1...30_000, using: &generator)
            send(count)
            sent += count
            let taken = Int.random(in: 0...channel.outgoingCount, using: &generator)
            ciphertext += copy(channel, taken)
            channel.discardOutgoing(taken)
        }
        ciphertext += pair.server.takeOutgoing()
        pair.client.receive(ciphertext)
        #expect(pair.client.received.count == sent)
        #expect(pair.client.received.allSatisfy { $0 == 7 })
    }

    private func copy(_ channel: TLSChannel, _ count: Int) -> [UInt8] {
        let outgoing = channel.outgoing
        // SAFETY: copied within the closure.
        return unsafe outgoing.withUnsafeBytes { unsafe Array($0.prefix(count)) }
    }
}
