import RoadsteadMachines
import RoadsteadWire

// Reading a client that may send only so much a second.
extension ClientSession {
    private var now: Instant { shard.context.loop.now }

    /// Takes what the rate allows of these bytes. The rest is put back, and the client is not read until there are tokens again; or the
    /// client is closed, and the rest is taken for nothing.
    func receive(_ bytes: inout MutableRawSpan, within limit: SessionRateLimit) {
        limit.machine.readingBegan(at: now)
        var cursor = 0
        while cursor < bytes.byteCount || reader.hasMore {
            if cursor < bytes.byteCount, machine.isOpen,
                case .wait(let isFirst) = limit.machine.frameAwaited(isMidFrame: reader.isMidFrame)
            {
                return throttle(bytes.bytes.extracting(droppingFirst: cursor), isFirst: isFirst)
            }
            let (framesBefore, compressedBefore) = (reader.countedFrames, reader.inflatedFrom)
            let event = reader.next(in: &bytes, cursor: &cursor)
            let frames = Int(reader.countedFrames &- framesBefore)
            let compressed = Int(reader.inflatedFrom &- compressedBefore)
            switch event {
            case .data(let chunk)?:
                // Bytes that inflate to less than themselves cost what they are.
                spend(FrameCost(frames: frames, payload: max(chunk.payload.count, compressed)), begins: chunk.isFirst, of: limit)
            case .ping(let payload)?:
                spend(FrameCost(frames: frames, payload: payload.count), begins: true, of: limit)
            case .pong(let payload)? where machine.awaitsPong(payload.pingPayload):
                // We asked for it. Empty fragments before it may be there all the same.
                spend(FrameCost(frames: max(0, frames - 1), payload: 0), begins: false, of: limit)
            case .pong(let payload)?:
                spend(FrameCost(frames: frames, payload: payload.count), begins: true, of: limit)
            case .close?, .violation?:
                break
            case nil:
                spend(FrameCost(frames: frames, payload: compressed), begins: false, of: limit)
            }
            guard let event else {
                if cursor < bytes.byteCount { connection?.putOff(bytes.bytes.extracting(droppingFirst: cursor)) }
                return
            }
            handle(event, in: bytes.bytes)
        }
    }

    private func spend(_ cost: FrameCost, begins: Bool, of limit: SessionRateLimit) {
        guard machine.isOpen, limit.machine.framePassed(cost, begins: begins), let route else { return }
        shard.metrics.add(1, to: route.metrics.rateLimited)
        perform(
            machine.violated(
                code: CloseCode.policyViolation.rawValue, reason: "more than the rate of this route allows", cause: .rateLimit, at: now))
    }

    private func throttle(_ rest: RawSpan, isFirst: Bool) {
        if isFirst, let route { shard.metrics.add(1, to: route.metrics.rateLimited) }
        pause(.rate)
        connection?.putBack(rest)
        arm()
    }

    /// The time of the session's timer has come: reads on if there are tokens again.
    func resumeAfterThrottling() {
        if rateLimit?.machine.timerFired(at: now) == true { resume(.rate) }
    }
}
