import RoadsteadDeflate
import RoadsteadWire

/// Inflates the compressed messages of one connection (RFC 7692 section 6.2), a piece at a time: whatever a message would grow to, no more
/// than one piece is ever in memory. Loop-confined.
///
/// Without takeover it has a context only while a message is under way, else from its first compressed message on.
package final class MessageInflation {
    /// Bytes that one connection inflates before the others of its loop have their turn.
    package static let turnSize = 256 * 1024
    /// Bytes that one step takes: each costs time, even if nothing comes of it.
    private static let inputSize = 16 * 1024
    /// What a byte that is taken counts in a turn, beside what comes of it.
    private static let inputWeight = 8
    /// On the wire a message may have so many times what it may come to, and `wireSlack` more: fragments of one byte have seven.
    private static let wireFactor = 8
    private static let wireSlack = 64 * 1024

    private let pool: CompressionPool
    private let windowBits: Int
    private let keepsContext: Bool
    private let maximumMessageSize: Int
    private let meter: CompressionMeter?
    private var inflater: Inflater?
    /// The chunk under way: what is left of it is where the cursor stands.
    private var chunk: MessageChunk?
    private var hasDelivered = false
    /// Bytes that the message under way has come to.
    private var inflatedCount = 0
    /// And those that it had on the wire.
    private var wireCount = 0
    private let maximumWireSize: Int
    /// All bytes that were ever taken; wraps.
    private(set) var takenCount: UInt = 0
    private var validator = UTF8Validator()
    private var turnCount = 0

    /// - Parameters:
    ///   - windowBits: of the window that was agreed on, 8 to 15.
    ///   - keepsContext: whether a message may refer to those before it.
    ///   - maximumMessageSize: bytes that a message may come to.
    package init(pool: CompressionPool, windowBits: Int, keepsContext: Bool, maximumMessageSize: Int, meter: CompressionMeter? = nil) {
        self.pool = pool
        self.windowBits = windowBits
        self.keepsContext = keepsContext
        self.maximumMessageSize = maximumMessageSize
        let (wireSize, isEndless) = maximumMessageSize.multipliedReportingOverflow(by: Self.wireFactor)
        maximumWireSize = isEndless ? .max : wireSize + min(Self.wireSlack, .max - wireSize)
        self.meter = meter
    }

    /// Whether a chunk is under way.
    var hasChunk: Bool { chunk != nil }

    /// Whether this connection has inflated enough for now, and `unread` bytes can wait.
    func isTurnOver(unread: Int) -> Bool {
        guard turnCount >= Self.turnSize, unread > 0 else { return false }
        turnCount = 0
        return true
    }

    /// Everything that came was read.
    func turnEnded() { turnCount = 0 }

    /// A chunk of a compressed message was received.
    func begin(_ chunk: MessageChunk) { self.chunk = chunk }

    /// Inflates the next piece of the chunk under way, into the pool's buffer. Nil if there is none, or this step made nothing: `hasChunk`
    /// says whether there is another.
    func next(in bytes: RawSpan, cursor: inout Int) -> MessageEvent? {
        guard let chunk else { return nil }
        let inflater = self.inflater ?? pool.takeInflater(windowBits: windowBits)
        self.inflater = inflater
        let buffer = pool.inflated
        var space = buffer.mutableBytes
        let count = min(chunk.payload.count, Self.inputSize)
        let isWhole = count == chunk.payload.count
        let step = inflater.inflate(bytes.extracting(cursor..<cursor + count), isEnd: chunk.isLast && isWhole, into: &space)
        cursor += step.consumed
        turnCount += step.produced + step.consumed * Self.inputWeight
        wireCount += step.consumed
        takenCount &+= UInt(step.consumed)
        meter?.count(compressed: step.consumed, uncompressed: step.produced)
        switch step.state {
        case .corrupt:
            return fail(.corruptCompression)
        case .hungry where isWhole, .ended:
            self.chunk = nil
        case .more, .hungry:
            self.chunk?.payload = cursor..<cursor + chunk.payload.count - step.consumed
        }
        let isLast = step.state == .ended
        let piece = space.bytes.extracting(first: step.produced)
        if let violation = check(piece, chunk.kind, isLast: isLast) { return fail(violation) }
        guard isLast || step.produced > 0 else { return nil }
        var inflated = MessageChunk(
            kind: chunk.kind, payload: 0..<step.produced, isFirst: !hasDelivered, isLast: isLast, maskingKey: chunk.maskingKey)
        inflated.isCompressed = true
        hasDelivered = !isLast
        if isLast { endMessage() }
        return .data(inflated)
    }

    private func check(_ piece: RawSpan, _ kind: MessageKind, isLast: Bool) -> ProtocolViolation? {
        guard piece.byteCount <= maximumMessageSize - inflatedCount, wireCount <= maximumWireSize else {
            return .messageTooBig(limit: maximumMessageSize)
        }
        inflatedCount += piece.byteCount
        switch kind {
        case .binary: return nil
        case .text: return validator.append(piece) && (!isLast || validator.isComplete) ? nil : .invalidUTF8
        }
    }

    private func fail(_ violation: ProtocolViolation) -> MessageEvent {
        chunk = nil
        // It may be damaged, and has no more to do.
        inflater = nil
        return .violation(violation)
    }

    private func endMessage() {
        inflatedCount = 0
        wireCount = 0
        validator = UTF8Validator()
        guard !keepsContext, let inflater else { return }
        self.inflater = nil
        pool.giveBack(inflater, windowBits: windowBits)
    }
}
