import RoadsteadConfig
import RoadsteadMachines
import RoadsteadWire

/// What a relayed session has so that it outlives its upstream, all in one place: its request, its first messages if they are to be
/// repeated, what is kept while there is no upstream, and the connections that are coming and going. Loop-confined.
///
/// As a sink of frames it stands for "the upstream, whichever it is".
final class Continuity: FrameSink {
    let configuration: ContinuityConfiguration
    /// Rules of the outage; `nil` until the session is open.
    var machine: ResumeMachine?
    /// Where messages go; `nil` while they are kept.
    private var target: Connection?
    /// Frames from the client that wait for an upstream.
    private var kept = ByteQueue()
    private var keptCount = 0
    /// The first messages, for as long as they are being recorded or may be repeated.
    private var repeatable = ByteQueue()
    private var unrecorded: Int
    private var isRecordingOverfull = false
    /// The upstream that is being left: it is heard to its end, and the next one waits meanwhile.
    var leaving: UpstreamLink?
    /// The upstream that the session is about to move to.
    var coming: UpstreamLink?

    private let context: LoopContext
    private var accountedBytes = 0

    init(_ configuration: ContinuityConfiguration, context: LoopContext) {
        self.configuration = configuration
        self.context = context
        unrecorded = configuration.replayFirst
    }

    /// The messages that another upstream must be sent again are all there.
    var isRepeatable: Bool { !isRecordingOverfull }

    /// More is kept than `continuity.buffer`, or the shortage of memory, allows: the client must wait.
    var isFull: Bool { target == nil && kept.count > context.bounded(configuration.buffer) }

    /// Bytes that are kept, for accounts.
    var keptBytes: Int { kept.count }

    // MARK: - Messages

    /// Where messages may go without passing here: to the upstream, if there is one and nothing is recorded any more.
    var directTarget: Connection? { unrecorded == 0 ? target : nil }

    func send(_ header: FrameHeader, payload: RawSpan) {
        if unrecorded > 0 { record(header, payload) }
        if let target { return target.send(header, payload: payload) }
        kept.append(header, payload: payload)
        if header.isFinal { keptCount += 1 }
        account()
    }

    private func account() {
        context.queuedBytesChanged(by: kept.count - accountedBytes)
        accountedBytes = kept.count
    }

    private func record(_ header: FrameHeader, _ payload: RawSpan) {
        if !isRecordingOverfull { repeatable.append(header, payload: payload) }
        if repeatable.count > configuration.buffer {
            isRecordingOverfull = true
            repeatable = ByteQueue()
        }
        if header.isFinal { unrecorded -= 1 }
    }

    // MARK: - Upstreams

    /// The upstream is gone: what it did not get is kept, before what comes from now on.
    /// - Returns: whether another one can go on: nothing that it must be sent again has lost its beginning.
    func lose(_ connection: Connection, received: UInt64) -> Bool {
        var unsent = connection.takeUnsent()
        unsent.makePlain(context.compression, limit: configuration.buffer)
        target = nil
        let repeats = machine?.repeatsAmong(unsent: unsent.count, received: received) ?? 0
        let start = Self.end(of: repeats, in: unsent.frames.bytes)
        kept = ByteQueue()
        kept.append(unsent.frames.bytes.extracting(droppingFirst: start))
        keptCount = unsent.count - repeats
        account()
        return !unsent.isTorn && isRepeatable
    }

    /// Messages go there from now on: first those to be repeated, then the kept ones.
    func attach(_ connection: Connection, received: UInt64, at now: Instant) {
        connection.keepUnsent(limit: configuration.buffer)
        target = connection
        let repeats = machine?.attached(at: now, received: received, kept: keptCount) ?? 0
        if repeats > 0 {
            let end = Self.end(of: repeats, in: repeatable.bytes)
            connection.send(frames: repeatable.bytes.extracting(first: end))
        }
        if !kept.isEmpty { connection.send(frames: kept.bytes) }
        kept = ByteQueue()
        keptCount = 0
        account()
    }

    /// The session is over: nothing is wanted any more.
    func discard() {
        target = nil
        kept = ByteQueue()
        repeatable = ByteQueue()
        unrecorded = 0
        account()
    }

    /// Where the first `count` messages end.
    private static func end(of count: Int, in frames: RawSpan) -> Int {
        var (position, found) = (0, 0)
        while found < count, let frame = FrameWalk.frame(at: position, in: frames) {
            position = frame.range.upperBound
            if frame.isFinal { found += 1 }
        }
        return position
    }
}
