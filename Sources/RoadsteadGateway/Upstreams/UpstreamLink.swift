import Glibc
import RoadsteadLoop
import RoadsteadMachines
import RoadsteadTLS
import RoadsteadWire

/// One connection to a backend: drives its `UpstreamMachine`, speaks the client's side of the upgrade and then WebSocket. Loop-confined.
final class UpstreamLink: ConnectionOwner, TimerHandler {
    /// The pool's name for it.
    let number: UInt64
    let endpoint: Int
    let pool: UpstreamPool
    /// What it was asked for, until it is attached.
    var lease: UInt64?
    /// It is the one attempt that an endpoint on trial gets at a time.
    var holdsTrial = false
    /// The session it carries, once attached.
    var session: ClientSession?
    private(set) var connection: Connection?
    var machine: UpstreamMachine
    /// The request it was given, until it is answered.
    private var opening: (request: ClientUpgrade, parser: ResponseHeadParser)?
    /// What the backend sends is trusted to be as long as it likes: it is streamed, never collected beyond what continuity asks for.
    private var reader = MessageReader(role: .client, maximumMessageSize: .max)
    /// How messages may be compressed, once attached.
    private var compression: DeflateAgreement?
    private var forwarder = MessageForwarder()
    /// What the loop's account knows of the message that is being collected.
    private(set) var collectedBytes = 0
    private var timer = TimerID.none
    private var timerDeadline = Instant.never
    private var isSessionPaused = false
    private var isReadingPaused = false
    private let tls: UpstreamTLS?
    /// Further addresses of the endpoint, while none has answered.
    private var untried: ArraySlice<SocketAddress> = []
    private let startedAt: Instant

    private var context: LoopContext { pool.context }
    private var now: Instant { pool.context.loop.now }

    init(pool: UpstreamPool, number: UInt64, endpoint: Int, tls: UpstreamTLS?) {
        self.pool = pool
        self.number = number
        self.endpoint = endpoint
        self.tls = tls
        startedAt = pool.context.loop.now
        machine = UpstreamMachine(at: startedAt, policy: pool.linkPolicy)
    }

    /// 16 random bytes in base64 (RFC 6455 section 4.1).
    static func newKey() -> String { Base64.encode(LoopRandom.bytesFromKernel(16)) }

    // MARK: - Opening

    /// Connects to the first of the endpoint's addresses that lets us; one attempt and one timeout for all of them.
    func begin(_ addresses: ArraySlice<SocketAddress>) {
        guard let address = addresses.first else { return perform(machine.attemptFailed(.unresolved, "the endpoint has no address")) }
        untried = addresses.dropFirst()
        do throws(UpstreamAttemptError) {
            try connect(to: address)
        } catch {
            guard untried.isEmpty else { return begin(untried) }
            guard let result = error.result else { return perform(machine.couldNotBegin()) }
            perform(machine.attemptFailed(result, error.words))
        }
    }

    private func connect(to address: SocketAddress) throws(UpstreamAttemptError) {
        let descriptor: Int32
        let inProgress: Bool
        switch Socket.connect(to: address, keeping: pool.reserve(for: self)) {
        case .connected(let opened): (descriptor, inProgress) = (opened, false)
        case .inProgress(let opened): (descriptor, inProgress) = (opened, true)
        case .failed(let error): throw UpstreamAttemptError(error)
        }
        do {
            var transport = Transport.plain
            if let tls {
                transport = .openssl(
                    try TLSConnection(
                        context: tls.context, channel: context.channel,
                        serverName: tls.serverName(of: pool.runtime.endpoints[endpoint].address),
                        resuming: pool.tlsSession(of: endpoint, under: tls.context)))
            }
            connection = try Connection(
                descriptor: descriptor, transport: transport, context: context, owner: self, isConnecting: inProgress)
        } catch {
            Socket.close(descriptor)
            throw UpstreamAttemptError(words: "\(error)", result: .l4Failed)
        }
        arm()
        if !inProgress { connection?.begin() }
    }

    func connectionEstablished() {
        untried = []
        machine.established(at: now, phase: Double.random(in: 0..<1, using: &context.random))
        arm()
        pool.established(self, after: startedAt.duration(to: now))
    }

    /// Asks the backend for a session's upgrade.
    func send(_ request: ClientUpgrade, wasWarm: Bool) {
        machine.requested(at: now, wasWarm: wasWarm)
        opening = (request, ResponseHeadParser(maximumBytes: 16 * 1024))
        connection?.send(request.serialized())
        arm()
    }

    func connectionReceived(_ bytes: inout MutableRawSpan) {
        guard !machine.isReady else { return perform(machine.ended("the backend spoke before it was asked")) }
        guard opening != nil else { return receive(&bytes, from: 0) }
        machine.answerBegan()
        switch opening?.parser.feed(bytes.bytes) {
        case .incomplete?, nil:
            break
        case .failed(let error)?:
            perform(machine.declined(status: nil, explanation: "malformed answer to the upgrade: \(error.explanation)"))
        case .complete(let head, let consumed)?:
            upgraded(head)
            guard opening == nil, let connection else { break }
            // A session that moves is not told what comes next before the old backend has nothing more to say.
            guard isReadingPaused else { return receive(&bytes, from: consumed) }
            connection.putBack(bytes.bytes.extracting(droppingFirst: consumed))
        }
    }

    private func upgraded(_ head: ResponseHead) {
        guard let request = opening?.request else { return }
        opening = nil
        switch request.verify(head) {
        case .success where connection?.queuedBytes != 0:
            perform(machine.declined(status: nil, explanation: "the upgrade was answered before the request was sent whole"))
        case .success(let answer) where !pool.accepts(answer.subprotocol, on: self):
            // That says something about the application, and nothing about the endpoint.
            perform(machine.unsuitable("the upstream chose another subprotocol than the client has"))
        case .success(let answer):
            compression = answer.compression
            machine.upgraded(at: now, phase: Double.random(in: 0..<1, using: &context.random))
            if let tls, case .openssl(let connection)? = connection?.transport {
                pool.keep(connection.session, of: endpoint, under: tls.context)
            }
            arm()
            pool.attached(self, subprotocol: answer.subprotocol)
        case .failure(.refused(let status)):
            perform(machine.declined(status: status, explanation: ""))
        case .failure(let error):
            perform(machine.declined(status: nil, explanation: error.explanation))
        }
    }

    /// It carries this session from now on.
    func carry(_ session: ClientSession) {
        self.session = session
        if let continuity = session.continuity { forwarder = MessageForwarder(limit: continuity.configuration.buffer) }
        guard let compression, let route = session.route?.compression else { return }
        let inflation = route.upstreamInflation(compression, pool: context.compression)
        reader = MessageReader(role: .client, maximumMessageSize: .max, inflation: inflation)
        connection?.compressor = route.upstreamCompressor(compression, pool: context.compression)
    }

    func connectionEnded(_ end: ConnectionEnd) {
        if case .broken = end, !untried.isEmpty {
            connection?.close()
            connection = nil
            return begin(untried)
        }
        switch end {
        case .endOfStream: perform(machine.ended(end.words))
        case .broken(let error): perform(machine.ended(end.words, isRefusal: error == ECONNREFUSED))
        case .tls:
            let action = machine.attemptFailed(.tlsFailed, end.words)
            perform(action == .none ? machine.ended(end.words) : action)
        }
    }

    func timerFired(_ timer: TimerID) {
        self.timer = .none
        if connection?.isConnecting == false { machine.tcpEstablished() }
        let lastActive = session?.machine.lastActive
        perform(
            machine.timerFired(at: now, isMidMessage: reader.isMidMessage, lastActive: lastActive, payload: context.random.next()))
    }

    // MARK: - Messages

    private func receive(_ bytes: inout MutableRawSpan, from start: Int) {
        machine.bytesReceived(at: now)
        let (carried, received, sent) = (session, session?.receivedCount, session?.sentCount)
        var cursor = start
        while let event = reader.next(in: &bytes, cursor: &cursor) {
            switch event {
            case .data(let chunk) where chunk.isCompressed:
                let inflated = context.compression.inflated
                session?.deliverFromUpstream(chunk, in: inflated.bytes, with: &forwarder)
            case .data(let chunk):
                session?.deliverFromUpstream(chunk, in: bytes.bytes, with: &forwarder)
            case .ping(let payload):
                answer(payload)
            case .pong(let payload):
                machine.pongReceived(payload: payload.pingPayload, at: now)
            case .close(let frame):
                perform(machine.closeReceived(code: frame.code?.rawValue, reason: frame.reason))
            case .violation(let violation):
                let settles = sent.map { session?.mayAnswer(since: $0) == true } ?? false
                perform(machine.violated(code: violation.closeCode.rawValue, reason: violation.reason, settles: settles, at: now))
            }
        }
        if let carried, let received, let sent { carried.account(since: received, sent) }
        if cursor < bytes.byteCount { connection?.putOff(bytes.bytes.extracting(droppingFirst: cursor)) }
        if forwarder.collectedBytes != collectedBytes { accountCollected(connection == nil ? 0 : forwarder.collectedBytes) }
    }

    private func accountCollected(_ count: Int) {
        context.queuedBytesChanged(by: count - collectedBytes)
        collectedBytes = count
    }

    /// The client has got the first part of a message whose end has not come.
    var isStreamingToClient: Bool { forwarder.isStreaming }

    /// To a backend that pings and does not read, no more is queued (RFC 6455 section 5.5.3).
    private func answer(_ payload: ControlPayload) {
        guard machine.isAttached, let connection, connection.queuedBytes <= Self.pongLimit else { return }
        connection.sendPong(payload, maskingKey: mask())
    }

    private static let pongLimit = 1 << 20

    private func mask() -> UInt32 { UInt32(truncatingIfNeeded: context.random.next()) }

    // MARK: - Back-pressure

    var readsToTheEnd: Bool { machine.isHeard }

    func connectionBacklogChanged(drains: Bool) {
        if drains {
            machine.queueDrained(at: now)
            session?.machine.messagePassed(at: now)
        }
        guard let connection, let session, let outbound = session.route?.configuration.limits.outbound else { return }
        let limit = context.bounded(outbound)
        if connection.uncompressedBacklog > limit, !isSessionPaused {
            isSessionPaused = true
            session.pause(.upstreamBacklog)
        } else if connection.uncompressedBacklog <= limit / 2, isSessionPaused {
            isSessionPaused = false
            session.resume(.upstreamBacklog)
        }
        if connection.queuedBytes == 0 { session.upstreamDrained() }
    }

    /// Whether what the backend says must wait.
    func setReadingPaused(_ isPaused: Bool) {
        guard isPaused != isReadingPaused else { return }
        isReadingPaused = isPaused
        if isPaused {
            connection?.pauseReading()
            machine.readingPaused()
        } else {
            connection?.resumeReading()
            machine.readingResumed(at: now)
            arm()
        }
    }

    // MARK: - Actions

    /// The session has another upstream: what this one still says is passed on, then it is closed.
    func leave() {
        isSessionPaused = false
        machine.left(at: now)
        arm()
    }

    /// The session is over: the backend is told as the client told us, or that the client is gone.
    func sessionEnded(_ record: CloseRecord) {
        session = nil
        guard machine.sessionEnded(at: now) else { return drop() }
        let byClient = record.closedBy == .client && record.code != 1006
        let code: UInt16? = byClient ? (record.code == 1005 ? nil : record.code) : 1001
        pool.closing(self)
        connection?.sendClose(code: code, reason: byClient ? record.reason : record.cause.rawValue, maskingKey: mask())
        setReadingPaused(false)
        arm()
    }

    /// Releases the connection now.
    func drop() {
        release()
        pool.released(self)
    }

    private func perform(_ action: UpstreamMachine.Action) {
        switch action {
        case .none:
            break
        case .ping(let payload):
            connection?.sendPing(payload, maskingKey: mask())
        case .farewell:
            pool.closing(self)
            // What it says before it has read this is still for the client; the session hears the next one when this one has answered.
            connection?.sendClose(code: 1001, reason: "moved", maskingKey: mask())
        case .fail(let refusal, let result):
            release()
            return pool.attemptFailed(self, refusal, result)
        case .stale:
            release()
            return pool.turnedOutStale(self)
        case .retire:
            release()
            return pool.warmEnded(self)
        case .lose(let words, let code):
            let session = session
            if let code, let connection, !connection.holdsUnsentMessages {
                connection.sendClose(code: code, reason: "", maskingKey: mask())
                connection.flush()
            }
            // First, so that whoever looks for another one does not find this one.
            pool.lost(self)
            session?.upstreamLost(self, words)
            return release()
        case .breakOff(let code, let reason):
            let session = session
            if let code { connection?.sendClose(code: code, reason: reason, maskingKey: mask()) }
            pool.lost(self)
            release()
            session?.upstreamBroke(self, reason)
            return
        case .relayClose(let code, let reason):
            let session = session
            connection?.sendClose(code: code, reason: "", maskingKey: mask())
            drop()
            session?.upstreamClosed(self, code: code, reason: reason)
            return
        case .drop:
            let session = session
            drop()
            session?.upstreamLeft(self)
            return
        }
        arm()
    }

    private func release() {
        context.loop.cancel(timer)
        timer = .none
        session = nil
        opening = nil
        accountCollected(0)
        connection?.flush()
        connection?.close()
        connection = nil
    }

    private func arm() {
        let deadline = machine.deadline
        if timer != .none {
            guard deadline < timerDeadline else { return }
            context.loop.cancel(timer)
            timer = .none
        }
        guard deadline < .never else { return }
        timer = context.loop.arm(at: deadline, handler: self)
        timerDeadline = deadline
    }
}
