import RoadsteadDeflate
import RoadsteadWire
import TestSupport
import Testing

@testable import RoadsteadGateway

/// What inflates received messages and unsent ones, with no connection beneath.
@Suite struct CompressionTests {
    /// A payload as a peer compresses it: pieces that are flushed, the marker of the last one left out.
    private static func compress(_ pieces: [[UInt8]], isEnded: Bool) -> [[UInt8]] {
        let deflater = Deflater(windowBits: 15)
        var results = pieces.map { piece in
            var output = [UInt8](repeating: 0, count: piece.count + 1000)
            let step = withBytes(piece) { input in withMutableBytes(&output) { deflater.compress(input, into: &$0) } }
            return Array(output[..<step.produced])
        }
        if isEnded { results[pieces.count - 1].removeLast(4) }
        return results
    }

    /// A compressed message in as many frames as there are pieces, as a client sends them.
    private static func frames(_ kind: Opcode, _ pieces: [[UInt8]], isEnded: Bool = true) -> [UInt8] {
        var queue = ByteQueue()
        for (index, piece) in compress(pieces, isEnded: isEnded).enumerated() {
            let header = FrameHeader(
                isFinal: isEnded && index == pieces.count - 1, opcode: index == 0 ? kind : .continuation, payloadLength: piece.count,
                maskingKey: 0x0102_0304,
                reservedBit1: index == 0)
            queue.append(header, payload: piece)
        }
        return queue.bytes.copied
    }

    private static func plain(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        var queue = ByteQueue()
        queue.append(FrameHeader(isFinal: isFinal, opcode: opcode, payloadLength: payload.count, maskingKey: 7), payload: payload)
        return queue.bytes.copied
    }

    /// What comes of bytes that arrive in these pieces; what a turn leaves over is brought again.
    private static func read(_ bytes: [UInt8], in pieces: [Int], limit: Int = 1 << 22, keepsContext: Bool = false) -> [String] {
        let pool = CompressionPool()
        let inflation = MessageInflation(pool: pool, windowBits: 15, keepsContext: keepsContext, maximumMessageSize: limit)
        var reader = MessageReader(role: .server, maximumMessageSize: limit, inflation: inflation)
        var (found, message, start) = ([String](), [UInt8](), 0)
        for count in pieces {
            var waiting = Array(bytes[start..<start + count])
            start += count
            while !waiting.isEmpty {
                var cursor = 0
                while let event = withMutableBytes(&waiting, { reader.next(in: &$0, cursor: &cursor) }) {
                    switch event {
                    case .data(let chunk):
                        let inflated = pool.inflated
                        message += chunk.isCompressed ? inflated.bytes.extracting(chunk.payload).copied : Array(waiting[chunk.payload])
                        guard chunk.isLast else { continue }
                        found.append(message.count > 100 ? "\(message.count) bytes" : String(decoding: message, as: UTF8.self))
                        message = []
                    case .ping: found.append("ping")
                    case .pong, .close: found.append("control")
                    case .violation(let violation): found.append("\(violation)")
                    }
                }
                waiting.removeFirst(cursor)
            }
        }
        return found
    }

    private static let story =
        frames(.text, [Array("Hello".utf8)]) + plain(.text, Array("plain".utf8))
        + frames(.binary, [Array("frag".utf8), Array("ments".utf8)])
        + frames(.binary, [[UInt8](repeating: 0x61, count: 3 << 20)]) + plain(.ping, []) + frames(.text, [Array("naïve".utf8)])

    @Test func `compressed and plain messages come out alike, whole, byte by byte and cut at random`() {
        let expected = ["Hello", "plain", "fragments", "\(3 << 20) bytes", "ping", "naïve"]
        let count = Self.story.count
        #expect(Self.read(Self.story, in: [count]) == expected)
        #expect(Self.read(Self.story, in: Array(repeating: 1, count: count)) == expected)
        for seed in 0..<50 as Range<UInt64> {
            var generator = SeededGenerator(seed: seed)
            var (pieces, left) = ([Int](), count)
            while left > 0 {
                pieces.append(Int.random(in: 1...min(left, 200), using: &generator))
                left -= pieces[pieces.count - 1]
            }
            #expect(Self.read(Self.story, in: pieces) == expected, "seed \(seed)")
        }
    }

    @Test(arguments: [
        (3 << 20, ["Hello", "plain", "fragments", "\(3 << 20) bytes", "ping", "naïve"]),
        ((3 << 20) - 1, ["Hello", "plain", "fragments", "messageTooBig(limit: 3145727)"]),
    ])
    func `a message is cut at the limit, and nothing comes after`(limit: Int, expected: [String]) {
        #expect(Self.read(Self.story, in: [Self.story.count], limit: limit) == expected)
    }

    @Test func `what is wrong is found, and nothing comes after`() {
        let corrupt = Self.frames(.binary, [[1, 2, 3]]).dropLast(3) + [0, 0, 0]
        #expect(Self.read(Array(corrupt) + Self.story, in: [corrupt.count + Self.story.count]) == ["corruptCompression"])
        let text = Self.frames(.text, [[0x61, 0xC3], [0x28]]) + Self.story
        #expect(Self.read(text, in: [text.count]) == ["invalidUTF8"])
    }

    @Test func `a turn ends after a quarter of a megabyte, and the next one goes on where it ended`() {
        let bomb = Self.frames(.binary, [[UInt8](repeating: 0, count: 3 << 20)])
        let pool = CompressionPool()
        let inflation = MessageInflation(pool: pool, windowBits: 15, keepsContext: false, maximumMessageSize: .max)
        var reader = MessageReader(role: .server, maximumMessageSize: .max, inflation: inflation)
        var (waiting, turns, total) = (bomb, [Int](), 0)
        while !waiting.isEmpty {
            var (cursor, turn) = (0, 0)
            while case .data(let chunk)? = withMutableBytes(&waiting, { reader.next(in: &$0, cursor: &cursor) }) {
                turn += chunk.payload.count
            }
            waiting.removeFirst(cursor)
            turns.append(turn)
            total += turn
        }
        #expect(total == 3 << 20 && turns.count == 12)
        #expect(turns.allSatisfy { $0 <= MessageInflation.turnSize + CompressionPool.stepSize })
    }

    @Test func `unsent messages become plain, fragments and all`() {
        var unsent = UnsentMessages()
        for bytes in [
            Self.plain(.text, Array("plain".utf8)), Self.frames(.binary, [[UInt8](repeating: 0x61, count: 100_000)]),
            Self.plain(.text, Array("be".utf8), isFinal: false), Self.plain(.continuation, Array("gun".utf8)),
            // The last message still wants its end.
            Self.frames(.text, [Array("cut ".utf8), Array("off".utf8)], isEnded: false),
        ] { unsent.frames.append(bytes) }
        unsent.makePlain(CompressionPool(), limit: 1 << 20)
        var (position, found, message) = (0, [String](), [UInt8]())
        var frames = unsent.frames.bytes.copied
        while let frame = withBytes(frames, { FrameWalk.frame(at: position, in: $0) }), frame.range.upperBound <= frames.count {
            let header = withBytes(frames) { FrameWalk.header(of: frame, in: $0) }
            #expect(!header.reservedBit1 && (header.opcode == .continuation) == !message.isEmpty)
            let payload = frame.range.upperBound - header.payloadLength..<frame.range.upperBound
            withMutableBytes(&frames) { Masking.apply(key: header.maskingKey ?? 0, phase: 0, to: &$0, in: payload) }
            message += frames[payload]
            position = frame.range.upperBound
            guard header.isFinal else { continue }
            found.append(message.count > 100 ? "\(message.count) bytes" : String(decoding: message, as: UTF8.self))
            message = []
        }
        #expect(found == ["plain", "100000 bytes", "begun"] && position == frames.count)
        #expect(String(decoding: message, as: UTF8.self) == "cut off")
    }

    @Test(arguments: [(0, false), (1, true), (3, true)])
    func `what had been sent is given up when more than the limit comes of it`(_ sentFrames: Int, _ isTorn: Bool) {
        var unsent = UnsentMessages()
        let bomb = [UInt8](repeating: 0, count: 10_000)
        let frames = Self.frames(.binary, [bomb, bomb, bomb], isEnded: false)
        unsent.frames.append(frames)
        unsent.sentSize = frames.count * sentFrames / 3
        unsent.makePlain(CompressionPool(), limit: 9_999)
        #expect(unsent.isTorn == isTorn)
        #expect(isTorn ? unsent.frames.isEmpty : unsent.frames.count > 30_000)
    }

    @Test func `what had been sent is kept up to the limit`() {
        var unsent = UnsentMessages()
        unsent.frames.append(Self.frames(.binary, [[UInt8](repeating: 0, count: 10_000), [UInt8](repeating: 0, count: 50_000)]))
        unsent.sentSize = 1
        unsent.makePlain(CompressionPool(), limit: 10_100)
        #expect(!unsent.isTorn && unsent.frames.count > 60_000)
    }

    @Test func `bytes that inflate to nothing end a turn, and a message of them is too big at last`() {
        // Empty stored blocks.
        let nothing: [UInt8] = [0x00, 0x00, 0x00, 0xFF, 0xFF]
        let pool = CompressionPool()
        let inflation = MessageInflation(pool: pool, windowBits: 15, keepsContext: false, maximumMessageSize: 10_000)
        var reader = MessageReader(role: .server, maximumMessageSize: 10_000, inflation: inflation)
        // The first frame of a compressed message, with 2^40 bytes to come and a key of zeros.
        var waiting: [UInt8] = [0x42, 0xFF, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        var (turns, taken, made) = (0, 0, 0)
        var end: MessageEvent?
        while end == nil, turns < 100 {
            while waiting.count < 65_536 {
                waiting.append(nothing[made % nothing.count])
                made += 1
            }
            var cursor = 0
            while let event = withMutableBytes(&waiting, { reader.next(in: &$0, cursor: &cursor) }) {
                end = event
                break
            }
            taken += cursor
            turns += 1
            waiting.removeFirst(cursor)
        }
        guard case .violation(.messageTooBig)? = end else {
            Issue.record("\(String(describing: end)) after \(taken) bytes")
            return
        }
        #expect(turns >= 4 && (144_000...180_000).contains(taken))
        #expect(reader.inflatedFrom > 144_000)
    }

    @Test func `contexts are pooled, and a few are kept`() {
        let pool = CompressionPool()
        let taken = (0..<10).map { _ in pool.takeDeflater(windowBits: 9) }
        for deflater in taken { pool.giveBack(deflater, windowBits: 9) }
        let again = (0..<10).map { _ in pool.takeDeflater(windowBits: 9) }
        #expect(again.count { deflater in taken.contains { $0 === deflater } } == 4)
        #expect(Set(again.map(ObjectIdentifier.init)).count == 10)
    }
}
