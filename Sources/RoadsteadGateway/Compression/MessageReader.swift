import RoadsteadDeflate
import RoadsteadWire

/// The receiving half of one connection: a `MessageReceiver`, and what inflates for it where compression was agreed on.
package struct MessageReader {
    private var receiver: MessageReceiver
    private let inflation: MessageInflation?

    /// - Parameter inflation: nil if no compression was agreed on.
    package init(role: Role, maximumMessageSize: Int, inflation: MessageInflation? = nil) {
        receiver = MessageReceiver(role: role, maximumMessageSize: maximumMessageSize)
        receiver.allowsCompression = inflation != nil
        self.inflation = inflation
    }

    /// What the receiver counts for a rate. Wraps.
    var countedFrames: UInt32 { receiver.countedFrames }

    /// Compressed bytes that were ever taken. Wraps.
    var inflatedFrom: UInt { inflation?.takenCount ?? 0 }

    /// Whether a frame's header was read and its payload was not, to the end.
    var isMidFrame: Bool { receiver.isMidFrame || hasMore }

    /// Whether the beginning of a message has come, were it no more than the header of its first frame, and its end has not.
    var isMidMessage: Bool { receiver.hasBegunMessage || isMidFrame }

    /// Whether more may come of bytes that were taken already.
    package var hasMore: Bool { inflation?.hasChunk == true }

    /// The next event, as from a receiver, but of compressed messages: their pieces come inflated, `isCompressed` says so, and they lie in
    /// the pool's buffer, until the next call.
    ///
    /// - Returns: nil when this turn is over. If `cursor` is not at the end then, the rest is to be brought again, in a later turn.
    @inline(__always)
    @_lifetime(bytes: copy bytes)
    package mutating func next(in bytes: inout MutableRawSpan, cursor: inout Int) -> MessageEvent? {
        guard let inflation else { return receiver.next(in: &bytes, cursor: &cursor) }
        return next(in: &bytes, cursor: &cursor, with: inflation)
    }

    @inline(never)
    @_lifetime(bytes: copy bytes)
    private mutating func next(in bytes: inout MutableRawSpan, cursor: inout Int, with inflation: MessageInflation) -> MessageEvent? {
        while true {
            if inflation.isTurnOver(unread: bytes.byteCount - cursor) { return nil }
            if inflation.hasChunk {
                guard let event = inflation.next(in: bytes.bytes, cursor: &cursor) else { continue }
                if case .violation = event { receiver.stop() }
                return event
            }
            switch receiver.next(in: &bytes, cursor: &cursor) {
            case .data(let chunk) where chunk.isCompressed:
                cursor = chunk.payload.lowerBound
                inflation.begin(chunk)
            case nil:
                inflation.turnEnded()
                return nil
            case let event?:
                return event
            }
        }
    }
}
