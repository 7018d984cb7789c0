@testable import RoadsteadWire

/// A connection's queue of outgoing frames with its ledger, and the same once more kept the plain way: every message's place in the
/// whole stream.
struct OutgoingQueue {
    private(set) var ledger: MessageLedger
    private let limit: Int
    /// Everything that was ever queued.
    private(set) var stream: [UInt8] = []
    /// How much of it is forgotten, and how much was written.
    private(set) var forgotten = 0
    private(set) var written = 0
    /// Where messages, and control frames between them, begin; the last one may go on.
    private var beginnings: [Int] = []
    private var isMidMessage = false

    init(limit: Int) {
        ledger = MessageLedger(limit: limit)
        self.limit = limit
    }

    /// What is kept and what is still to be written.
    private var queue: [UInt8] { Array(stream[forgotten...]) }

    var unwritten: Int { stream.count - written }

    mutating func append(_ opcode: Opcode, isFinal: Bool = true, _ payload: [UInt8], key: [UInt8]? = [1, 2, 3, 4]) {
        ledger.appended(isControl: opcode.isControl, isFinal: isFinal)
        if !isMidMessage { beginnings.append(stream.count) }
        if !opcode.isControl { isMidMessage = !isFinal }
        stream += FrameBuilder.frame(first: (isFinal ? 0x80 : 0) + opcode.rawValue, payload: payload, key: key)
    }

    /// The socket takes some. Returns what is wrong then; nil if all is well.
    mutating func write(_ count: Int) -> String? {
        written += count
        let gone = ledger.written(count, of: queue.span.rawBytes)
        guard gone >= 0, forgotten + gone <= written else { return "\(gone) bytes forgotten of \(written - forgotten)" }
        forgotten += gone
        guard ledger.writtenCount == written - forgotten else { return "\(ledger.writtenCount) written bytes at the front" }
        // Where the message begins that is written in part, or the next one.
        let isAtEnd = written == stream.count && !isMidMessage
        let beginning = isAtEnd ? written : beginnings.last { $0 <= written } ?? 0
        guard ledger.isTorn else {
            return forgotten == beginning ? nil : "the front is at \(forgotten), a message begins at \(beginning)"
        }
        guard forgotten == written else { return "torn, and \(written - forgotten) bytes are kept" }
        return written - beginning > limit ? nil : "torn after \(written - beginning) bytes of a message"
    }
}
