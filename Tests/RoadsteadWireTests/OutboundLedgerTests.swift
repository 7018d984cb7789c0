import TestSupport
import Testing

@testable import RoadsteadWire

@Suite("What of a queue may be dropped")
struct OutboundLedgerTests {
    /// Frames of a server, 12 bytes each unless told otherwise.
    private static func frame(_ opcode: Opcode, isFinal: Bool = true, _ count: Int = 10) -> [UInt8] {
        FrameBuilder.frame(first: (isFinal ? 0x80 : 0) + opcode.rawValue, payload: [UInt8](repeating: 0x55, count: count), key: nil)
    }

    private static func queue(_ frames: (Opcode, Bool)...) -> (ledger: OutboundLedger, bytes: [UInt8]) {
        var ledger = OutboundLedger(begunBytes: 0)
        var bytes: [UInt8] = []
        for (opcode, isFinal) in frames {
            ledger.appended(isControl: opcode.isControl, isFinal: isFinal)
            bytes += frame(opcode, isFinal: isFinal)
        }
        return (ledger, bytes)
    }

    @Test(
        "are the oldest messages, as many as it takes, and never the newest",
        arguments: [(1, 1), (12, 1), (13, 2), (24, 2), (25, 3), (36, 3), (37, 3), (1000, 3)])
    func oldest(wanted: Int, messages: Int) {
        let (ledger, bytes) = Self.queue((.text, true), (.binary, true), (.text, true), (.text, true))
        let drop = ledger.oldest(wanted, in: bytes.span.rawBytes)
        #expect(drop.messages == messages && drop.byteCount == 12 * messages && drop.ranges == [0..<12 * messages])
    }

    @Test("is nothing of a queue that has one message, or none")
    func nothing() {
        let (none, empty) = Self.queue()
        #expect(none.oldest(100, in: empty.span.rawBytes) == OutboundLedger.Drop())
        let (one, bytes) = Self.queue((.ping, true), (.text, true), (.pong, true))
        #expect(one.oldest(100, in: bytes.span.rawBytes) == OutboundLedger.Drop())
    }

    @Test("are no control frames, whether they stand between messages or in one")
    func control() {
        let (ledger, bytes) = Self.queue(
            (.ping, true), (.text, false), (.pong, true), (.continuation, true), (.pong, true), (.text, true), (.text, true))
        let drop = ledger.oldest(100, in: bytes.span.rawBytes)
        #expect(drop.messages == 2 && drop.ranges == [12..<24, 36..<48, 60..<72])
    }

    @Test("is no message whose end has not been queued, but whole ones before it")
    func streaming() {
        let (ledger, bytes) = Self.queue((.text, true), (.text, false), (.continuation, false))
        #expect(ledger.oldest(100, in: bytes.span.rawBytes).ranges == [0..<12])
    }

    @Test("is no message that has begun to be written", arguments: 1...36)
    func begun(written: Int) {
        var (ledger, bytes) = Self.queue((.text, false), (.ping, true), (.continuation, true), (.text, true), (.text, true))
        ledger.written(written, of: bytes.span.rawBytes)
        bytes.removeFirst(written)
        let drop = ledger.oldest(100, in: bytes.span.rawBytes)
        #expect(drop.messages == 1 && drop.ranges == [36 - written..<48 - written])
        #expect(ledger.begunBytes == (12 - written % 12) % 12)
    }

    @Test("is no head that stands before the frames", arguments: [0, 1, 99, 100, 101])
    func head(written: Int) {
        var ledger = OutboundLedger(begunBytes: 100)
        var bytes = [UInt8](repeating: 0xFF, count: 100)
        for _ in 0..<3 {
            ledger.appended(isControl: false, isFinal: true)
            bytes += Self.frame(.text)
        }
        ledger.written(written, of: bytes.span.rawBytes)
        bytes.removeFirst(written)
        let first = written > 100 ? 112 - written : 100 - written
        let drop = ledger.oldest(100, in: bytes.span.rawBytes)
        #expect(drop.ranges == [first..<first + (written > 100 ? 12 : 24)])
    }

    @Test("of a queue written to its end is nothing until new messages come, and not the rest of one")
    func writtenToTheEnd() {
        var (ledger, bytes) = Self.queue((.text, true), (.text, false))
        ledger.written(bytes.count, of: bytes.span.rawBytes)
        bytes = []
        for (opcode, isFinal) in [(Opcode.continuation, false), (.continuation, true), (.text, true), (.text, true)] {
            ledger.appended(isControl: false, isFinal: isFinal)
            bytes += Self.frame(opcode, isFinal: isFinal)
        }
        #expect(ledger.oldest(100, in: bytes.span.rawBytes).ranges == [24..<36])
    }

    @Test("leaves whole messages in order, whatever is written and dropped when", arguments: [UInt64(1), 2, 3, 4, 5, 6, 7, 8, 9, 10])
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var ledger = OutboundLedger(begunBytes: 0)
        var (queue, written): ([UInt8], [UInt8]) = ([], [])
        var (number, isMidMessage, dropped) = (UInt8(0), false, 0)
        for _ in 0..<3000 {
            switch Int.random(in: 0..<8, using: &generator) {
            case 0...3:
                let isFinal = Int.random(in: 0..<3, using: &generator) > 0
                if !isMidMessage { number &+= 1 }
                let payload = [UInt8](repeating: number, count: Int.random(in: 0...200, using: &generator))
                queue += FrameBuilder.frame(first: (isFinal ? 0x80 : 0) + (isMidMessage ? 0 : 2), payload: payload, key: nil)
                ledger.appended(isControl: false, isFinal: isFinal)
                isMidMessage = !isFinal
            case 4:
                queue += Self.frame(.pong, Int.random(in: 0...10, using: &generator))
                ledger.appended(isControl: true, isFinal: true)
            case 5, 6:
                let count = Int.random(in: 0...min(queue.count, 400), using: &generator)
                ledger.written(count, of: queue.span.rawBytes)
                written += queue.prefix(count)
                queue.removeFirst(count)
            default:
                let drop = ledger.oldest(Int.random(in: 1...500, using: &generator), in: queue.span.rawBytes)
                for range in drop.ranges.reversed() { queue.removeSubrange(range) }
                dropped += drop.messages
            }
        }
        // What a client gets is a valid stream of messages, each of one number, and the numbers rise.
        ledger.written(queue.count, of: queue.span.rawBytes)
        var probe = ReceiverProbe(.client)
        probe.feed(written + queue)
        var last = UInt8(0)
        var messages = 0
        for case .message(_, let payload) in probe.received {
            #expect(Set(payload).count <= 1, "seed \(seed)")
            messages += 1
            guard let number = payload.first else { continue }
            #expect(number &- last < 128 && number != last, "seed \(seed): \(number) after \(last)")
            last = number
        }
        #expect(messages > 0 && dropped > 0 && !probe.received.contains { if case .violation = $0 { true } else { false } }, "seed \(seed)")
    }
}
