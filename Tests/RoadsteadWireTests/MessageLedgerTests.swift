import TestSupport
import Testing

@testable import RoadsteadWire

@Suite("A ledger of what was written")
struct MessageLedgerTests {
    /// 16 bytes with their header and key.
    private static let ten = [UInt8](repeating: 0x55, count: 10)

    @Test("forgets everything when everything is written")
    func forgetsAll() {
        var queue = OutgoingQueue(limit: 1000)
        for _ in 0..<3 { queue.append(.text, Self.ten) }
        #expect(queue.write(48) == nil)
        #expect(queue.forgotten == 48 && queue.ledger.writtenCount == 0 && !queue.ledger.isTorn)
    }

    @Test("keeps a message until it is written whole", arguments: 0...48)
    func keeps(_ written: Int) {
        var queue = OutgoingQueue(limit: 1000)
        for _ in 0..<3 { queue.append(.text, Self.ten) }
        #expect(queue.write(written) == nil)
        #expect(queue.forgotten == written / 16 * 16 && queue.ledger.writtenCount == written % 16)
        #expect(queue.write(48 - written) == nil)
        #expect(queue.forgotten == 48)
    }

    @Test("keeps the fragments of a message until its last one is written, with what stands between them")
    func keepsFragments() {
        var queue = OutgoingQueue(limit: 1000)
        queue.append(.text, isFinal: false, Self.ten)
        queue.append(.ping, Self.ten)
        queue.append(.continuation, isFinal: false, Self.ten)
        #expect(queue.write(48) == nil)
        #expect(queue.forgotten == 0 && queue.ledger.writtenCount == 48)
        queue.append(.continuation, Self.ten)
        queue.append(.binary, Self.ten)
        #expect(queue.write(15) == nil)
        #expect(queue.forgotten == 0)
        #expect(queue.write(1) == nil)
        #expect(queue.forgotten == 64 && queue.ledger.writtenCount == 0)
        #expect(queue.write(16) == nil)
        #expect(queue.forgotten == 80)
    }

    @Test("forgets control frames between messages when they are written")
    func forgetsControl() {
        var queue = OutgoingQueue(limit: 1000)
        queue.append(.ping, Self.ten)
        queue.append(.pong, Self.ten)
        queue.append(.text, Self.ten)
        #expect(queue.write(20) == nil)
        #expect(queue.forgotten == 16)
        #expect(queue.write(13) == nil)
        #expect(queue.forgotten == 32 && queue.ledger.writtenCount == 1)
    }

    @Test("keeps no more of a message than its limit, and knows that it is torn", arguments: [99, 100, 101])
    func tears(_ written: Int) {
        var queue = OutgoingQueue(limit: 100)
        queue.append(.binary, [UInt8](repeating: 1, count: 194 - 2))
        queue.append(.text, Self.ten)
        #expect(queue.write(written) == nil)
        #expect(queue.ledger.isTorn == (written > 100))
        #expect(queue.forgotten == (written > 100 ? written : 0))
        // The next message is whole again.
        #expect(queue.write(200 - written) == nil)
        #expect(queue.forgotten == 200 && !queue.ledger.isTorn)
    }

    @Test("stays torn through the fragments of a long message, and no longer")
    func staysTorn() {
        var queue = OutgoingQueue(limit: 20)
        queue.append(.binary, isFinal: false, Self.ten)
        queue.append(.continuation, isFinal: false, Self.ten)
        #expect(queue.write(21) == nil)
        #expect(queue.ledger.isTorn)
        queue.append(.ping, Self.ten)
        #expect(queue.write(20) == nil)
        #expect(queue.ledger.isTorn && queue.forgotten == 41)
        queue.append(.continuation, Self.ten)
        queue.append(.text, Self.ten)
        #expect(queue.write(23) == nil)
        #expect(queue.forgotten == 64 && queue.ledger.writtenCount == 0 && !queue.ledger.isTorn)
        #expect(queue.write(3) == nil)
        #expect(queue.forgotten == 64 && queue.ledger.writtenCount == 3)
    }

    @Test("torn at the very end of a fragment goes on with the next one")
    func tearsBetweenFrames() {
        var queue = OutgoingQueue(limit: 20)
        queue.append(.binary, isFinal: false, Self.ten)
        queue.append(.continuation, isFinal: false, Self.ten)
        #expect(queue.write(32) == nil)
        #expect(queue.ledger.isTorn && queue.forgotten == 32)
        queue.append(.continuation, Self.ten)
        #expect(queue.write(16) == nil)
        #expect(!queue.ledger.isTorn && queue.forgotten == 48)
    }

    @Test("of random frames, written in random pieces, begins at a message, forgets only what is whole, and tears only what is long")
    func keepsInvariants() {
        let seed = UInt64.random(in: 0 ... .max)
        var generator = SeededGenerator(seed: seed)
        var (torn, kept) = (0, 0)
        for round in 0..<20_000 {
            var queue = OutgoingQueue(limit: [0, 1, 10, 200, 1000, 100_000].randomElement(using: &generator) ?? 0)
            var isMidMessage = false
            for _ in 0..<Int.random(in: 1...40, using: &generator) {
                if Bool.random(using: &generator) {
                    let size = [0, 1, 5, 30, 125, 126, 400].randomElement(using: &generator) ?? 0
                    let key: [UInt8]? = Bool.random(using: &generator) ? nil : [0, 1, 2, 3]
                    let isControl = size <= 125 && Int.random(in: 0..<4, using: &generator) == 0
                    let opcode: Opcode = isControl ? .ping : isMidMessage ? .continuation : .text
                    let isFinal = isControl || Int.random(in: 0..<3, using: &generator) > 0
                    // Bytes that look like headers.
                    queue.append(opcode, isFinal: isFinal, [UInt8](repeating: 0x81, count: size), key: key)
                    if !isControl { isMidMessage = !isFinal }
                } else {
                    let most = Bool.random(using: &generator) ? queue.unwritten : min(queue.unwritten, 20)
                    if let problem = queue.write(Int.random(in: 0...most, using: &generator)) {
                        Issue.record("seed \(seed), round \(round): \(problem)")
                        return
                    }
                    torn += queue.ledger.isTorn ? 1 : 0
                    kept += queue.ledger.writtenCount > 0 ? 1 : 0
                }
            }
        }
        #expect(torn > 1000 && kept > 1000, "seed \(seed)")
    }
}
