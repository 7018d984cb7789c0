import RoadsteadLoop
import RoadsteadMachines
import RoadsteadTLS
import RoadsteadWire

/// A client's connection: drives its `SessionMachine`, speaks HTTP until the upgrade and WebSocket after it. Loop-confined.
final class ClientSession: ConnectionOwner, TimerHandler {
    let id = SessionID()
    let shard: ShardCore
    let listener: ListenerRuntime
    /// The client, as far as it is known: the TCP peer, whom a PROXY header names, or whom trusted proxies name.
    var remote: SocketAddress
    /// What its connection and its session are counted by, while they are.
    var countedConnection: AddressBudget.Key?
    var countedSession: AddressBudget.Key?
    var machine: SessionMachine
    private(set) var connection: Connection?
    /// What only the opening needs; `nil` once open.
    var opening: SessionOpening?
    /// `nil` until the request was routed.
    var route: RouteRuntime?
    /// What the request said, for operators.
    var origin: String?
    var userAgent: String?
    var subprotocol: String?
    /// The connection to the backend; `nil` for echo, and while there is none.
    var upstream: UpstreamLink?
    /// What each upstream is asked; kept as long as there may be another one.
    var upstreamRequest: UpstreamRequest?
    /// What hash balancing goes by.
    var hashKey: UInt64?
    /// What the session outlives its upstream with; `nil` if it does not.
    var continuity: Continuity?
    /// Where the upstream was, once it is let go of.
    var lastEndpoint: Int?
    /// What the pings measured, once the heartbeat is over.
    private(set) var lastRoundTripTime = RoundTripTime()
    /// The name of what was asked of the pool.
    var lease: UInt64?
    var attachCount = 0
    var receivedCount = TrafficCount()
    var sentCount = TrafficCount()
    var reader = MessageReader(role: .server, maximumMessageSize: 0)
    private var forwarder = MessageForwarder()
    /// What the loop's account knows of the message that is being collected.
    private(set) var collectedBytes = 0
    private var timer = TimerID.none
    private var timerDeadline = Instant.never
    var isPausedForBacklog = false
    private var pauses: PauseReasons = []
    /// `nil` if its route sets no rate.
    var rateLimit: SessionRateLimit?
    /// What `machine.isOpen` says, kept here because each message asks.
    private var isFlowing = false
    /// `receivedCount.messages` before the bytes that are being read.
    private var messagesBefore: UInt64 = 0
    /// What `machine.hearsUpstream` says.
    private var hearsUpstream = false
    /// Why TLS could not be agreed on.
    private(set) var handshakeFailure: TLSFailure?
    /// Whether it ended with its PROXY header, and was counted and logged as that: no handshake or request had begun.
    var endedWithHeader = false
    let startedAt: Instant
    /// Whether it counts against `limits.sessions`.
    var hasSeat = false

    init(shard: ShardCore, listener: ListenerRuntime, remote: SocketAddress) {
        self.shard = shard
        self.listener = listener
        self.remote = remote
        let now = shard.context.loop.now
        startedAt = now
        machine = SessionMachine(acceptedAt: now, isSecure: listener.tls != nil, policy: shard.openingPolicy)
        opening = SessionOpening(
            maximumHeadBytes: shard.configuration.limits.header, expectsProxyHeader: listener.configuration.proxyProtocol)
    }

    private var now: Instant { shard.context.loop.now }

    /// Takes the accepted socket. A failure ends the session.
    func begin(descriptor: Int32) {
        do {
            let transport: Transport
            if let tls = listener.tls {
                transport = .openssl(try TLSConnection(context: tls, channel: shard.context.channel, serverName: nil))
            } else {
                transport = .plain
            }
            let connection = try Connection(
                descriptor: descriptor, transport: transport, context: shard.context, owner: self, isConnecting: false)
            self.connection = connection
            connection.awaitsPreface = opening?.proxyHeader != nil
            arm()
            connection.begin()
        } catch {
            if connection == nil { Socket.close(descriptor) }
            perform(machine.connectionFailed(cause: .internal, reason: "\(error)", by: .gateway))
        }
    }

    // MARK: - Events

    func connectionEstablished() {
        guard case .openssl(let tls)? = connection?.transport else { return }
        machine.tlsEstablished()
        shard.handshakeCompleted(tls.negotiated, after: startedAt.duration(to: now))
    }

    func connectionReceived(_ bytes: inout MutableRawSpan) {
        switch machine.state {
        case .open, .detached, .closing: receive(&bytes)
        case .upgrading, .attaching: receiveHead(bytes.bytes)
        case .handshaking, .closed: break
        }
    }

    func connectionEnded(_ end: ConnectionEnd) {
        switch end {
        case .endOfStream:
            perform(machine.streamEnded(at: now))
        case .broken:
            perform(machine.connectionFailed(cause: .reset, reason: end.words, by: .network))
        case .tls(let failure):
            if machine.state == .handshaking {
                handshakeFailure = failure
                if failure.cause == .httpRequest { return answerInClear() }
            }
            perform(machine.connectionFailed(cause: .tlsError, reason: failure.reason, by: failure.isPeerAlert ? .client : .gateway))
        }
    }

    func timerFired(_ timer: TimerID) {
        self.timer = .none
        resumeAfterThrottling()
        perform(machine.timerFired(at: now, payload: shard.context.random.next()))
    }

    // MARK: - Messages

    /// The 101 is queued: messages may flow, the bytes that came after the head first.
    func open(_ compression: DeflateAgreement?) {
        guard let route, let opening else { return }
        machine.opened(at: now, phase: Double.random(in: 0..<1, using: &shard.context.random))
        let limits = route.configuration.limits
        agree(on: compression, route)
        rateLimit = SessionRateLimit(limits, at: now)
        if limits.onSlowClient != .pause || shard.context.memory != nil { connection?.allowDropping() }
        self.opening = nil
        if continuity == nil { upstreamRequest = nil }
        isFlowing = true
        hearsUpstream = true
        if let timeout = machine.policy.heartbeat.interval { connection?.setUserTimeout(timeout + machine.policy.heartbeat.timeout) }
        shard.sessionOpened(self)
        arm()
        var early = takeEarly(opening)
        guard !early.isEmpty else { return }
        var bytes = early.mutableBytes
        receive(&bytes)
    }

    private func agree(on compression: DeflateAgreement?, _ route: RouteRuntime) {
        let limit = route.configuration.limits.message
        let pool = shard.context.compression
        let inflation = compression.flatMap { route.compression?.clientInflation($0, maximumMessageSize: limit, pool: pool) }
        reader = MessageReader(role: .server, maximumMessageSize: limit, inflation: inflation)
        connection?.compressor = compression.flatMap { route.compression?.clientCompressor($0, pool: pool) }
    }

    private func receive(_ bytes: inout MutableRawSpan) {
        machine.bytesReceived(at: now)
        let (received, sent) = (receivedCount, sentCount)
        messagesBefore = received.messages
        if let rateLimit {
            receive(&bytes, within: rateLimit)
        } else {
            var cursor = 0
            while let event = reader.next(in: &bytes, cursor: &cursor) {
                handle(event, in: bytes.bytes)
                if reader.hasMore, !pauses.isEmpty, cursor < bytes.byteCount { break }
            }
            if cursor < bytes.byteCount { connection?.putOff(bytes.bytes.extracting(droppingFirst: cursor)) }
        }
        account(since: received, sent)
        if forwarder.collectedBytes != collectedBytes { accountCollected(connection == nil ? 0 : forwarder.collectedBytes) }
        if continuity?.coming != nil { switchUpstreams() }
    }

    private func accountCollected(_ count: Int) {
        shard.context.queuedBytesChanged(by: count - collectedBytes)
        collectedBytes = count
    }

    /// Does what one thing that the client said asks for.
    @inline(__always)
    func handle(_ event: MessageEvent, in bytes: RawSpan) {
        switch event {
        case .data(let chunk) where chunk.isCompressed:
            let inflated = shard.context.compression.inflated
            if isFlowing { deliver(chunk, in: inflated.bytes) }
        case .data(let chunk): if isFlowing { deliver(chunk, in: bytes) }
        case .ping(let payload): answer(payload)
        case .pong(let payload): pongReceived(payload)
        case .close(let frame):
            perform(machine.closeReceived(code: frame.code?.rawValue, reason: frame.reason, at: now))
        case .violation(let violation):
            perform(
                machine.violated(
                    code: violation.closeCode.rawValue, reason: violation.reason, cause: violation.cause, settles: mayBeAnswered, at: now)
            )
        }
    }

    /// Whether the upstream may still be answering the client's last message.
    private var mayBeAnswered: Bool {
        let count = receivedCount.messages
        return upstream != nil
            && Settling.isWorthwhile(
                isAddressed: count > 0, isAddressedNow: count != messagesBefore, lastActive: machine.lastActive, at: now)
    }

    private func deliver(_ chunk: MessageChunk, in bytes: RawSpan) {
        guard let route else { return }
        let masks = !route.isEcho
        // A client's key is as good as one of ours, unless it is none: then ours must not be none either.
        let spareKey = masks && chunk.maskingKey == 0 ? UInt32(truncatingIfNeeded: shard.context.random.next()) : 0
        let isWhole: Bool
        if let target = route.isEcho ? connection : continuity.map(\.directTarget) ?? upstream?.connection {
            isWhole = forwarder.forward(chunk, in: bytes, to: target, masks: masks, spareKey: spareKey)
        } else if let continuity {
            isWhole = forwarder.forward(chunk, in: bytes, to: continuity, masks: masks, spareKey: spareKey)
            if continuity.isFull { pause(.keptFull) }
        } else {
            return
        }
        receivedCount.add(chunk.payload.count, isWhole: isWhole)
        if route.isEcho { sentCount.add(chunk.payload.count, isWhole: isWhole) }
    }

    /// A chunk came from the upstream: to the client. The upstream's driver calls `account` when it has handed over all it has.
    func deliverFromUpstream(_ chunk: MessageChunk, in bytes: RawSpan, with forwarder: inout MessageForwarder) {
        guard let connection, hearsUpstream else { return }
        let isWhole = forwarder.forward(chunk, in: bytes, to: connection, masks: false, spareKey: 0)
        sentCount.add(chunk.payload.count, isWhole: isWhole)
    }

    /// Counts what has passed since, once for all the messages of a wake-up.
    func account(since received: TrafficCount, _ sent: TrafficCount) {
        guard let route, receivedCount != received || sentCount != sent else { return }
        let metrics = shard.metrics
        metrics.add(receivedCount.bytes &- received.bytes, to: route.metrics.receivedBytes)
        metrics.add(receivedCount.messages &- received.messages, to: route.metrics.receivedMessages)
        metrics.add(sentCount.bytes &- sent.bytes, to: route.metrics.sentBytes)
        metrics.add(sentCount.messages &- sent.messages, to: route.metrics.sentMessages)
        machine.messagePassed(at: now)
    }

    /// RFC 6455 section 5.5.3 allows answering only the latest ping: to a client that does not read, none is queued beyond the limit.
    private func answer(_ payload: ControlPayload) {
        guard isFlowing, let connection, let route, connection.queuedBytes <= shard.context.bounded(route.configuration.limits.outbound)
        else { return }
        connection.sendPong(payload, maskingKey: nil)
    }

    private func pongReceived(_ payload: ControlPayload) {
        guard let roundTrip = machine.pongReceived(payload: payload.pingPayload, at: now), let route else { return }
        if let measured = machine.roundTripTime { lastRoundTripTime = measured }
        shard.metrics.observe(roundTrip.seconds, in: route.metrics.roundTrip)
    }

    // MARK: - Back-pressure

    /// Whoever takes this session's messages has too many waiting.
    func pause(_ reason: PauseReasons) {
        if pauses.isEmpty {
            connection?.pauseReading()
            machine.readingPaused()
        }
        pauses.insert(reason)
    }

    /// It has room again, or is not asked any more.
    func resume(_ reason: PauseReasons) {
        guard !pauses.isDisjoint(with: reason) else { return }
        pauses.subtract(reason)
        guard pauses.isEmpty else { return }
        connection?.resumeReading()
        machine.readingResumed(at: now)
        arm()
    }

    /// Whether the client's messages are being streamed in fragments, and the last one has not come.
    var isMidStream: Bool { forwarder.isStreaming }

    // MARK: - Actions

    /// Carries out what the machine decided, and arms the timer for what it waits for next.
    func perform(_ action: SessionMachine.Action) {
        isFlowing = machine.isOpen
        hearsUpstream = machine.hearsUpstream
        switch action {
        case .none, .settle:
            break
        case .ping(let payload):
            connection?.sendPing(payload, maskingKey: nil)
        case .sendClose(let code, let reason):
            connection?.sendClose(code: code, reason: reason, maskingKey: nil)
            resume(.all)
            releaseUpstream()
        case .sendCloseAndLinger(let code, let reason):
            connection?.sendClose(code: code, reason: reason, maskingKey: nil)
            connection?.shutWhenDrained()
            releaseUpstream()
        case .detach:
            seekAnotherUpstream()
        case .linger:
            connection?.shutWhenDrained()
        case .refuse(let status, let explanation):
            refuse(status, explanation)
        case .finish(let record):
            return finish(record)
        }
        arm()
    }

    private func refuse(_ status: Int, _ explanation: String) {
        shard.refused(status)
        let refusal = Refusal(status: status, explanation: explanation, headers: opening?.refusalHeaders(for: status) ?? [])
        connection?.send(refusal.response, answering: opening?.method)
        connection?.shutWhenDrained()
        releaseUpstream()
    }

    private func finish(_ record: CloseRecord) {
        shard.context.loop.cancel(timer)
        timer = .none
        let snapshot = snapshot()
        releaseUpstream()
        if let opening { _ = takeEarly(opening) }
        accountCollected(0)
        opening = nil
        connection?.flush()
        connection?.close()
        connection = nil
        shard.sessionEnded(self, record, snapshot: snapshot)
    }

    /// One timer a session. It is never moved later: it fires, and the machine says how long to go on.
    func arm() {
        let deadline = min(machine.deadline, rateLimit?.machine.resumesAt ?? .never)
        if timer != .none {
            guard deadline < timerDeadline else { return }
            shard.context.loop.cancel(timer)
            timer = .none
        }
        guard deadline < .never else { return }
        timer = shard.context.loop.arm(at: deadline, handler: self)
        timerDeadline = deadline
    }
}
