import Glibc
import RoadsteadLoop
import RoadsteadMachines
import RoadsteadTLS
import RoadsteadWire

/// One connection to a backend: drives its `UpstreamMachine`, speaks the client's side of the upgrade and then WebSocket. Loop-confined.
final class UpstreamLink: ConnectionOwner, TimerHandler {
    let lease: UInt64
    let endpoint: Int
    private let pool: UpstreamPool
    /// The session it carries, once attached.
    var session: ClientSession?
    private(set) var connection: Connection?
    private var machine: UpstreamMachine
    private var opening: (request: ClientUpgrade, parser: ResponseHeadParser)?
    private var receiver: MessageReceiver
    private var forwarder = MessageForwarder()
    private var timer = TimerID.none
    private var timerDeadline = Instant.never
    private var isSessionPaused = false
    private let tls: TLSContext?
    /// Further addresses of the endpoint, while none has answered.
    private var untried: ArraySlice<SocketAddress> = []
    private let startedAt: Instant

    private var context: LoopContext { pool.context }
    private var now: Instant { pool.context.loop.now }

    init(pool: UpstreamPool, lease: UInt64, endpoint: Int, request: ClientUpgrade, tls: TLSContext?) {
        self.pool = pool
        self.lease = lease
        self.endpoint = endpoint
        self.tls = tls
        startedAt = pool.context.loop.now
        opening = (request, ResponseHeadParser(maximumBytes: 16 * 1024))
        // What the backend sends is trusted to be as long as it likes: it is streamed, never collected beyond 64 KiB.
        receiver = MessageReceiver(role: .client, maximumMessageSize: Int.max)
        let configuration = pool.runtime.configuration
        machine = UpstreamMachine(
            at: startedAt, connectTimeout: configuration.pool.connectTimeout, closeTimeout: .seconds(5),
            heartbeat: HeartbeatPolicy(interval: configuration.heartbeat.interval, timeout: configuration.heartbeat.timeout))
    }

    /// 16 random bytes in base64 (RFC 6455 section 4.1).
    static func newKey() -> String { Base64.encode(LoopRandom.bytesFromKernel(16)) }

    /// Connects to the first of the endpoint's addresses that lets us; one attempt and one timeout for all of them.
    func begin(_ addresses: ArraySlice<SocketAddress>) throws(UpstreamAttemptError) {
        guard let address = addresses.first else { throw UpstreamAttemptError(words: "the endpoint has no address") }
        untried = addresses.dropFirst()
        do {
            try connect(to: address)
        } catch {
            guard !untried.isEmpty else { throw error }
            try begin(untried)
        }
    }

    private func connect(to address: SocketAddress) throws(UpstreamAttemptError) {
        let descriptor: Int32
        let inProgress: Bool
        switch Socket.connect(to: address) {
        case .connected(let opened): (descriptor, inProgress) = (opened, false)
        case .inProgress(let opened): (descriptor, inProgress) = (opened, true)
        case .failed(let error): throw UpstreamAttemptError(words: SystemError.words(error))
        }
        do {
            var transport = Transport.plain
            if let tls {
                let name = pool.runtime.configuration.tls.serverName
                let host = pool.runtime.endpoints[endpoint].address.host
                transport = .openssl(try TLSConnection(context: tls, channel: context.channel, serverName: name.isEmpty ? host : name))
            }
            connection = try Connection(
                descriptor: descriptor, transport: transport, context: context, owner: self, isConnecting: inProgress)
        } catch {
            Socket.close(descriptor)
            throw UpstreamAttemptError(words: "\(error)")
        }
        arm()
        if !inProgress { connection?.begin() }
    }

    // MARK: - Events

    func connectionEstablished() {
        untried = []
        guard let opening else { return }
        connection?.send(opening.request.serialized())
    }

    func connectionReceived(_ bytes: inout MutableRawSpan) {
        guard opening != nil else { return receive(&bytes, from: 0) }
        switch opening?.parser.feed(bytes.bytes) {
        case .incomplete?, nil:
            break
        case .failed(let error)?:
            perform(machine.attemptFailed(.unreachable("malformed answer to the upgrade: \(error.explanation)")))
        case .complete(let head, let consumed)?:
            upgraded(head)
            if opening == nil, connection != nil { receive(&bytes, from: consumed) }
        }
    }

    private func upgraded(_ head: ResponseHead) {
        guard let request = opening?.request else { return }
        opening = nil
        switch request.verify(head) {
        case .success(let subprotocol):
            machine.upgraded(at: now, phase: Double.random(in: 0..<1, using: &context.random))
            arm()
            pool.attached(self, subprotocol: subprotocol, after: startedAt.duration(to: now))
        case .failure(.refused(let status)):
            perform(machine.attemptFailed(.declined(status: status)))
        case .failure(let error):
            perform(machine.attemptFailed(.unreachable(error.explanation)))
        }
    }

    func connectionEnded(_ end: ConnectionEnd) {
        if case .broken = end, !untried.isEmpty {
            connection?.close()
            connection = nil
            if (try? begin(untried)) != nil { return }
        }
        perform(machine.ended(end.words))
    }

    func timerFired(_ timer: TimerID) {
        self.timer = .none
        perform(machine.timerFired(at: now, payload: context.random.next()))
    }

    // MARK: - Messages

    private func receive(_ bytes: inout MutableRawSpan, from start: Int) {
        machine.bytesReceived(at: now)
        let (carried, received, sent) = (session, session?.receivedCount, session?.sentCount)
        var cursor = start
        while let event = receiver.next(in: &bytes, cursor: &cursor) {
            switch event {
            case .data(let chunk):
                session?.deliverFromUpstream(chunk, in: bytes.bytes, with: &forwarder)
            case .ping(let payload):
                answer(payload)
            case .pong(let payload):
                machine.pongReceived(payload: payload.pingPayload, at: now)
            case .close(let frame):
                perform(machine.closeReceived(code: frame.code?.rawValue, reason: frame.reason))
            case .violation(let violation):
                if machine.isAttached {
                    connection?.sendClose(code: violation.closeCode.rawValue, reason: violation.reason, maskingKey: mask())
                }
                perform(machine.ended("protocol error of the upstream: \(violation.reason)"))
            }
        }
        if let carried, let received, let sent { carried.account(since: received, sent) }
    }

    /// To a backend that pings and does not read, no more is queued (RFC 6455 section 5.5.3).
    private func answer(_ payload: ControlPayload) {
        guard machine.isAttached, let connection, connection.queuedBytes <= Self.pongLimit else { return }
        connection.sendPong(payload, maskingKey: mask())
    }

    private static let pongLimit = 1 << 20

    private func mask() -> UInt32 { UInt32(truncatingIfNeeded: context.random.next()) }

    // MARK: - Back-pressure

    var readsToTheEnd: Bool { machine.isAttached }

    func connectionBacklogChanged(drains: Bool) {
        if drains { machine.queueDrained(at: now) }
        guard let connection, let session, let limit = session.route?.configuration.limits.outbound else { return }
        if connection.queuedBytes > limit, !isSessionPaused {
            isSessionPaused = true
            session.pauseReading()
        } else if connection.queuedBytes <= limit / 2, isSessionPaused {
            isSessionPaused = false
            session.resumeReading()
        }
    }

    /// The client has too much waiting.
    func pauseReading() {
        connection?.pauseReading()
        machine.readingPaused()
    }

    /// It has room again.
    func resumeReading() {
        connection?.resumeReading()
        machine.readingResumed(at: now)
        arm()
    }

    // MARK: - Actions

    /// The session is over: the backend is told as the client told us, or that the client is gone.
    func sessionEnded(_ record: CloseRecord) {
        session = nil
        guard machine.sessionEnded(at: now) else { return drop() }
        let byClient = record.closedBy == .client && record.code != 1006
        let code: UInt16? = byClient ? (record.code == 1005 ? nil : record.code) : 1001
        connection?.sendClose(code: code, reason: byClient ? record.reason : record.cause.rawValue, maskingKey: mask())
        resumeReading()
        arm()
    }

    /// Releases the connection now.
    func drop() {
        context.loop.cancel(timer)
        timer = .none
        session = nil
        connection?.flush()
        connection?.close()
        connection = nil
        pool.released(lease)
    }

    private func perform(_ action: UpstreamMachine.Action) {
        switch action {
        case .none:
            break
        case .ping(let payload):
            connection?.sendPing(payload, maskingKey: mask())
        case .fail(let refusal):
            release()
            return pool.attemptFailed(self, refusal)
        case .lose(let words):
            let session = session
            drop()
            session?.upstreamLost(words)
            return
        case .relayClose(let code, let reason):
            let session = session
            connection?.sendClose(code: code, reason: "", maskingKey: mask())
            drop()
            session?.upstreamClosed(code: code, reason: reason)
            return
        case .drop:
            return drop()
        }
        arm()
    }

    private func release() {
        context.loop.cancel(timer)
        timer = .none
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
