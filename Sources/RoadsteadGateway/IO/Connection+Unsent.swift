import RoadsteadWire

// What is queued and not sent: had back when an upstream connection is lost, dropped when a client does not read.
extension Connection {
    // MARK: - To be had back

    /// From now on, what is queued can be had back until it is written. To be called before any frame is queued.
    func keepUnsent(limit: Int) {
        // An answer that comes before its request is sent whole leaves bytes here that are no frames, and nothing that could be had back.
        guard queuedBytes == 0 else { return }
        ledger = SentLedger(limit: limit)
    }

    /// Whether messages, or the rest of one, wait here that could be had back; pings, pongs and closes are no messages.
    var holdsUnsentMessages: Bool {
        guard let ledger, queuedBytes > 0 else { return false }
        guard !ledger.isTorn else { return true }
        var position = 0
        while let frame = FrameWalk.frame(at: position, in: output.bytes) {
            guard frame.isControl, frame.range.upperBound <= output.count else { return true }
            position = frame.range.upperBound
        }
        return position < output.count
    }

    /// The messages that were not written whole. The connection is of no use afterwards: close it.
    func takeUnsent() -> UnsentMessages {
        var unsent = UnsentMessages()
        guard let ledger else { return unsent }
        let sent = ledger.passedCount
        isSendingOver = true
        unsent.isTorn = ledger.isTorn
        var position = 0
        while !unsent.isTorn, let frame = FrameWalk.frame(at: position, in: output.bytes), frame.range.upperBound <= output.count {
            position = frame.range.upperBound
            guard !frame.isControl else { continue }
            unsent.frames.append(output.bytes.extracting(frame.range))
            if frame.range.lowerBound < sent { unsent.sentSize = unsent.frames.count }
            if frame.isFinal { unsent.count += 1 }
        }
        return unsent
    }

    // MARK: - To be dropped

    /// From now on, what is queued may be dropped until it is written. What waits already is left alone.
    func allowDropping() { outbound = OutboundLedger(begunBytes: output.count) }

    /// Drops the oldest whole messages, all but the newest one if need be, until no more than `target` bytes wait outside TLS records.
    /// - Returns: how many were dropped.
    func dropOldest(to target: Int) -> Int {
        guard let outbound, unsealedBytes > target else { return 0 }
        let drop = outbound.oldest(unsealedBytes - target, in: output.bytes)
        output.remove(drop.ranges)
        accountQueued()
        return drop.messages
    }

    /// Drops whatever has not begun to be sent, the rest of a message in fragments and control frames included: for a client that is told
    /// nothing more but the close.
    func dropUnsent() {
        guard outbound != nil else { return }
        outbound?.truncated()
        output.removeAll(behind: outbound?.begunBytes ?? 0)
        accountQueued()
    }
}
