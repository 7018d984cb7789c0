// What of a queue of outgoing messages may still be taken back: whole messages of which nothing is written (or sealed into TLS, which is
// the same). Kept for clients that may lose messages rather than wait for them.
//
//    queue:   | rest of a frame that is written in part | frames ...
//             ^ the front                                ^ a frame begins here; it may go on with a message that has begun
//
// Nothing is kept for each message: the boundaries are in the frames. They are walked only when something is to be dropped, and then at
// least a quarter of the queue goes or the queue is left alone until it has drained, so that a message costs the same whatever waits.

/// Knows which bytes of a queue of frames have begun to be written, and which whole messages are the oldest after them.
public struct OutboundLedger: Sendable {
    /// Whole messages, control frames between their fragments not among them.
    public struct Drop: Sendable, Equatable {
        /// Where they lie in the queue, in order, adjacent ones as one.
        public internal(set) var ranges: [Range<Int>] = []
        /// How many they are.
        public internal(set) var messages = 0
        /// Their bytes, headers included.
        public internal(set) var byteCount = 0
    }

    /// Bytes at the front that belong to a frame of which the beginning is written.
    public private(set) var begunBytes: Int
    /// The data frames behind those go on with a message that has begun to be written.
    private var isMidMessage = false
    /// The last data frame that was queued was not the last of its message.
    private var endsMidMessage = false

    /// - Parameter begunBytes: bytes in the queue that are no frames, such as an HTTP head.
    public init(begunBytes: Int) { self.begunBytes = begunBytes }

    /// A frame was queued.
    public mutating func appended(isControl: Bool, isFinal: Bool) {
        if !isControl { endsMidMessage = !isFinal }
    }

    /// The first `count` bytes of `queue` are written, and are about to be removed from it.
    public mutating func written(_ count: Int, of queue: RawSpan) {
        precondition(count <= queue.byteCount, "No more is written than was queued.")
        guard count < queue.byteCount else {
            begunBytes = 0
            isMidMessage = endsMidMessage
            return
        }
        guard count > begunBytes else {
            begunBytes -= count
            return
        }
        var position = begunBytes
        while position < count, let frame = FrameWalk.frame(at: position, in: queue) {
            if !frame.isControl { isMidMessage = !frame.isFinal }
            position = frame.range.upperBound
        }
        begunBytes = position - count
    }

    /// Everything behind the frame under way was taken back: nothing more will be queued but control frames.
    public mutating func truncated() {
        isMidMessage = false
        endsMidMessage = false
    }

    /// The oldest whole messages that come to `wanted` bytes or a little more; less if there are no more. Never the newest message, nor one
    /// that has begun to be written or whose end has not been queued.
    public func oldest(_ wanted: Int, in queue: RawSpan) -> Drop {
        var drop = Drop()
        var isBegun = isMidMessage
        var message: [Range<Int>] = []
        var isWhole = false
        var position = begunBytes
        while let frame = FrameWalk.frame(at: position, in: queue) {
            position = frame.range.upperBound
            guard !frame.isControl else { continue }
            guard !isBegun else {
                isBegun = !frame.isFinal
                continue
            }
            if isWhole {
                // There is a newer one.
                drop.add(message)
                message.removeAll(keepingCapacity: true)
                guard drop.byteCount < wanted else { break }
            }
            message.append(frame.range)
            isWhole = frame.isFinal
        }
        return drop
    }
}

extension OutboundLedger.Drop {
    fileprivate mutating func add(_ message: [Range<Int>]) {
        messages += 1
        for range in message {
            byteCount += range.count
            if let last = ranges.last, last.upperBound == range.lowerBound {
                ranges[ranges.count - 1] = last.lowerBound..<range.upperBound
            } else {
                ranges.append(range)
            }
        }
    }
}
