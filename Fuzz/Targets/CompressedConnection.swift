import RoadsteadGateway
import RoadsteadWire

/// Reads as a session does, and holds what it is given against the rules.
final class CompressedConnection {
    enum Event: Equatable {
        case message(MessageKind, [UInt8])
        case ping([UInt8])
        case pong([UInt8])
        case close(CloseFrame)
    }

    private(set) var events: [Event] = []
    private(set) var violation: ProtocolViolation?
    /// What was passed on of a message that has not ended.
    private(set) var message: [UInt8] = []
    private var kind: MessageKind?
    private var isFinished = false
    private var (takenCount, turnCount) = (0, 0)
    private let terms: CompressedMessagesTarget.Terms
    private let pool: CompressionPool
    private var reader: MessageReader

    init(_ terms: CompressedMessagesTarget.Terms, _ pool: CompressionPool) {
        self.terms = terms
        self.pool = pool
        let inflation = MessageInflation(
            pool: pool, windowBits: terms.windowBits, keepsContext: terms.keepsContext, maximumMessageSize: terms.limit)
        reader = MessageReader(role: terms.role, maximumMessageSize: terms.limit, inflation: inflation)
    }

    /// What is left over is brought again, before anything else.
    func receive(_ bytes: ArraySlice<UInt8>) {
        var waiting = Array(bytes)
        repeat {
            let taken = turn(&waiting)
            waiting.removeFirst(taken)
            takenCount += taken
            precondition(turnCount <= takenCount, "turns pass in which nothing is read")
        } while !waiting.isEmpty
    }

    /// - Returns: the bytes that were taken.
    private func turn(_ bytes: inout [UInt8]) -> Int {
        var elements = bytes.mutableSpan
        var raw = elements.mutableBytes
        var (cursor, inflatedCount, eventCount) = (0, 0, 0)
        while let event = reader.next(in: &raw, cursor: &cursor) {
            precondition(!isFinished, "something comes after the end")
            precondition(cursor <= raw.byteCount)
            inflatedCount += take(event, raw.bytes)
            eventCount += 1
            if eventCount >= terms.patience, reader.hasMore, cursor < raw.byteCount { return cursor }
        }
        let isOver = cursor < raw.byteCount
        if isOver { turnCount += 1 }
        // When everything was read, what zlib still had to say comes too.
        let most = MessageInflation.turnSize + CompressionPool.stepSize * (isOver ? 1 : 2)
        precondition(inflatedCount <= most, "a turn inflates \(inflatedCount) bytes")
        precondition(isOver || !reader.hasMore, "a chunk is held back")
        return cursor
    }

    /// - Returns: the bytes that were inflated.
    private func take(_ event: MessageEvent, _ raw: RawSpan) -> Int {
        switch event {
        case .data(let chunk): return take(chunk, raw)
        case .ping(let payload): events.append(.ping(payload.span.indices.map { payload.span[$0] }))
        case .pong(let payload): events.append(.pong(payload.span.indices.map { payload.span[$0] }))
        case .close(let frame):
            events.append(.close(frame))
            isFinished = true
        case .violation(let found):
            precondition([1002, 1007, 1009].contains(found.closeCode.rawValue))
            violation = found
            isFinished = true
        }
        return 0
    }

    private func take(_ chunk: MessageChunk, _ raw: RawSpan) -> Int {
        precondition(chunk.isFirst == (kind == nil) && chunk.kind == kind ?? chunk.kind)
        precondition(chunk.isLast || !chunk.payload.isEmpty, "a piece says nothing")
        let inflated = pool.inflated
        precondition(inflated.capacity == CompressionPool.stepSize)
        (chunk.isCompressed ? inflated.bytes : raw).extracting(chunk.payload).withUnsafeBytes { message += $0 }
        precondition(message.count <= terms.limit, "more than \(terms.limit) bytes are passed on")
        kind = chunk.isLast ? nil : chunk.kind
        if chunk.isLast {
            precondition(chunk.kind == .binary || String(validating: message, as: UTF8.self) != nil, "a text is not UTF-8")
            events.append(.message(chunk.kind, message))
            message = []
        }
        return chunk.isCompressed ? chunk.payload.count : 0
    }
}
