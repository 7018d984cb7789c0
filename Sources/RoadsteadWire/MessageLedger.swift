// What of a queue of outgoing messages has been written, so that after a loss each message that was not written whole can be sent again
// whole (DESIGN section 6), and none that was.
//
//    queue:   | written, kept | not written         |
//             ^ a message begins here, unless the ledger is torn
//
// Written bytes are kept only as long as their message is not written to its end. Usually a send takes everything, and nothing is kept.

/// Decides which bytes at the front of a queue of frames may be forgotten.
public struct MessageLedger: Sendable {
    private enum Front: Sendable, Equatable {
        /// A message begins at the front. Can become: torn.
        case message
        /// The front lies inside a message whose beginning is forgotten: `skip` bytes of its frame are left, and `endsMessage` says whether
        /// that frame is its last. Can become: message.
        case torn(skip: Int, endsMessage: Bool)
    }

    /// Bytes at the front that are written and kept.
    public private(set) var writtenCount = 0
    private let limit: Int
    private var front = Front.message
    /// The last frame appended was not the last of its message.
    private var isMidMessage = false

    /// - Parameter limit: bytes of one message that are kept at the most; of a longer one the beginning is forgotten.
    public init(limit: Int) { self.limit = limit }

    /// Whether the message at the front cannot be sent again whole.
    public var isTorn: Bool { front != .message }

    /// A frame was queued.
    public mutating func appended(isControl: Bool, isFinal: Bool) {
        if !isControl { isMidMessage = !isFinal }
    }

    /// `count` more bytes were written.
    /// - Parameter bytes: the queue, whose front has not moved since the last call but by what that returned.
    /// - Returns: how many bytes at the front to forget.
    public mutating func written(_ count: Int, of bytes: RawSpan) -> Int {
        writtenCount += count
        precondition(writtenCount <= bytes.byteCount, "No more is written than was queued.")
        if writtenCount == bytes.byteCount, !isMidMessage {
            front = .message
            return forget(writtenCount)
        }
        var position = 0
        var whole = 0
        if case .torn(let skip, let endsMessage) = front {
            guard skip <= writtenCount else {
                front = .torn(skip: skip - writtenCount, endsMessage: endsMessage)
                return forget(writtenCount)
            }
            position = skip
            if endsMessage {
                front = .message
                whole = skip
            }
        }
        while let frame = FrameWalk.frame(at: position, in: bytes), frame.range.upperBound <= writtenCount {
            position = frame.range.upperBound
            let endsMessage = frame.isFinal && !frame.isControl
            if endsMessage { front = .message }
            if endsMessage || (frame.isControl && whole == frame.range.lowerBound && front == .message) { whole = position }
        }
        if front != .message || writtenCount - whole > limit {
            return tear(at: position, isBetweenMessages: front == .message && whole == position, in: bytes)
        }
        return forget(whole)
    }

    /// Forgets everything that is written; `position` is the last end of a frame before that.
    private mutating func tear(at position: Int, isBetweenMessages: Bool, in bytes: RawSpan) -> Int {
        let frame = FrameWalk.frame(at: position, in: bytes)
        if let frame, position < writtenCount {
            // A control frame between messages is all by itself.
            let endsMessage = frame.isFinal && (!frame.isControl || isBetweenMessages)
            front = .torn(skip: frame.range.upperBound - writtenCount, endsMessage: endsMessage)
        } else {
            front = .torn(skip: 0, endsMessage: false)
        }
        return forget(writtenCount)
    }

    private mutating func forget(_ count: Int) -> Int {
        writtenCount -= count
        return count
    }
}
