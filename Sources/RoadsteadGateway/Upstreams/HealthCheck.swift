import Glibc
import RoadsteadConfig
import RoadsteadLoop
import RoadsteadMachines
import RoadsteadTLS
import RoadsteadWire

/// One check of one endpoint: drives its `CheckMachine` over a connection of its own. Loop-confined.
///
/// Its timer and its connection keep it alive, so it needs no holder; both are gone when it is over, at the timeout at the latest.
final class HealthCheck: ConnectionOwner, TimerHandler {
    /// What backends see in their logs.
    static let userAgent = "roadstead-health"

    private let upstream: UpstreamRuntime
    private let endpoint: EndpointRuntime
    private let addresses: [SocketAddress]
    private let context: LoopContext
    private var machine: CheckMachine
    private var report: ((CheckResult?) -> Void)?
    private var connection: Connection?
    private var descriptor: Int32 = -1
    private var timer = TimerID.none
    private let upgrade: ClientUpgrade
    private var parser = ResponseHeadParser(maximumBytes: 16 * 1024)
    private var receiver = MessageReceiver(role: .client, maximumMessageSize: .max)
    private let ping: UInt64

    /// - Parameter report: hears the result, once, on the loop; never after `cancel`.
    init(of endpoint: EndpointRuntime, in upstream: UpstreamRuntime, context: LoopContext, report: @escaping (CheckResult?) -> Void) {
        self.upstream = upstream
        self.endpoint = endpoint
        self.context = context
        self.report = report
        addresses = endpoint.addresses
        ping = context.random.next()
        let (address, health) = (endpoint.address, upstream.configuration.health)
        machine = CheckMachine(kind: CheckMachine.Kind(health.kind), isSecure: address.isSecure, addresses: addresses.count)
        upgrade = ClientUpgrade(
            host: address.unixPath == nil ? address.authority : "localhost", target: address.path + health.path,
            key: Base64.encode(LoopRandom.bytesFromKernel(16)), extraHeaders: ["User-Agent": Self.userAgent])
    }

    /// Begins. The result may come before this returns.
    func begin() {
        timer = context.loop.arm(at: context.loop.now + upstream.configuration.health.timeout, handler: self)
        perform(machine.began())
    }

    /// Drops everything; nobody hears a result.
    func cancel() {
        report = nil
        release()
    }

    // MARK: - Events

    func connectionEstablished() {
        perform(machine.connected())
        if endpoint.address.isSecure { perform(machine.secured()) }
    }

    func connectionReceived(_ bytes: inout MutableRawSpan) {
        var cursor = 0
        if !machine.isUpgraded { cursor = receiveHeads(bytes.bytes) }
        while machine.isUpgraded, let event = receiver.next(in: &bytes, cursor: &cursor) { received(event) }
    }

    /// Reads heads up to the one that decides; returns how many bytes they took.
    private func receiveHeads(_ bytes: RawSpan) -> Int {
        var cursor = 0
        while connection != nil, !machine.isUpgraded, cursor < bytes.byteCount {
            switch parser.feed(bytes.extracting(droppingFirst: cursor)) {
            case .incomplete:
                return bytes.byteCount
            case .failed:
                perform(machine.invalidAnswer())
            case .complete(let head, let consumed):
                cursor += consumed
                received(head)
            }
        }
        return cursor
    }

    private func received(_ head: ResponseHead) {
        switch upstream.configuration.health.kind {
        case .http, .tcp, .none:
            perform(machine.headReceived(status: head.status))
        case .websocket:
            switch upgrade.verify(head) {
            case .success: perform(machine.upgradeAccepted())
            case .failure(.refused(let status)): perform(machine.headReceived(status: status))
            case .failure(.notAnUpgrade), .failure(.wrongAccept), .failure(.unofferedExtension), .failure(.invalidExtension),
                .failure(.unofferedSubprotocol):
                perform(machine.invalidAnswer())
            }
        }
    }

    private func received(_ event: MessageEvent) {
        switch event {
        // What a backend greets its clients with is not for us, and no check lasts long enough to have to answer a ping.
        case .data, .ping: break
        case .pong(let payload): if payload.pingPayload == ping { perform(machine.pongReceived()) }
        case .close: perform(machine.closeReceived())
        case .violation: perform(machine.invalidAnswer())
        }
    }

    func connectionBacklogChanged(drains: Bool) {}

    var readsToTheEnd: Bool { false }

    func connectionEnded(_ end: ConnectionEnd) {
        switch end {
        case .broken(ECONNREFUSED):
            perform(machine.refused())
        // A reset answers what was sent on a connection; before there is one, it is a refusal.
        case .endOfStream, .broken(ECONNRESET), .broken(EPIPE):
            noteConnected()
            perform(machine.ended())
        case .broken:
            perform(machine.ended())
        case .tls:
            noteConnected()
            perform(machine.tlsFailed())
        }
    }

    func timerFired(_ timer: TimerID) {
        self.timer = .none
        if connection != nil, !Socket.isConnecting(descriptor) { noteConnected() }
        perform(machine.timedOut())
    }

    /// Under TLS, TCP is established without a word: told when it matters.
    private func noteConnected() {
        if endpoint.address.isSecure { perform(machine.connected()) }
    }

    // MARK: - Actions

    private func perform(_ action: CheckMachine.Action) {
        switch action {
        case .none:
            break
        case .connect(let address):
            connect(to: addresses[address])
        case .sendRequest:
            connection?.send(request)
        case .sendPing:
            connection?.sendPing(ping, maskingKey: mask())
        case .finish(let result):
            release()
            tell(result)
        case .finishPolitely:
            connection?.sendClose(code: 1000, reason: "", maskingKey: mask())
            tell(.ok)
        case .drop:
            release()
        }
    }

    private func connect(to address: SocketAddress) {
        connection?.close()
        connection = nil
        let isInProgress: Bool
        switch Socket.connect(to: address) {
        case .connected(let opened): (descriptor, isInProgress) = (opened, false)
        case .inProgress(let opened): (descriptor, isInProgress) = (opened, true)
        case .failed(ECONNREFUSED): return perform(machine.refused())
        case .failed(let error) where SystemError.isOurs(error):
            release()
            return tell(nil)
        case .failed: return perform(machine.ended())
        }
        do throws(LoopError) {
            guard let transport = makeTransport() else {
                Socket.close(descriptor)
                return perform(machine.tlsFailed())
            }
            connection = try Connection(
                descriptor: descriptor, transport: transport, context: context, owner: self, isConnecting: isInProgress)
        } catch {
            Socket.close(descriptor)
            return perform(machine.ended())
        }
        if !isInProgress { connection?.begin() }
    }

    /// Nil if TLS can't even begin.
    private func makeTransport() -> Transport? {
        guard endpoint.address.isSecure, let tls = upstream.tls else { return .plain }
        let name = tls.serverName(of: endpoint.address)
        let made = try? TLSConnection(context: tls.context, channel: context.channel, serverName: name)
        return made.map(Transport.openssl)
    }

    private var request: [UInt8] {
        switch upstream.configuration.health.kind {
        case .websocket: upgrade.serialized()
        case .http, .tcp, .none:
            Array(
                ("GET \(upgrade.target) HTTP/1.1\r\nHost: \(upgrade.host)\r\nUser-Agent: \(Self.userAgent)\r\n"
                    + "Connection: close\r\n\r\n").utf8)
        }
    }

    private func mask() -> UInt32 { UInt32(truncatingIfNeeded: context.random.next()) }

    private func tell(_ result: CheckResult?) {
        let report = report
        self.report = nil
        report?(result)
    }

    private func release() {
        context.loop.cancel(timer)
        timer = .none
        connection?.close()
        connection = nil
    }
}

extension CheckMachine.Kind {
    /// What an upstream's checks ask for; without checks, what probes do.
    fileprivate init(_ kind: HealthCheckKind) {
        switch kind {
        case .tcp, .none: self = .tcp
        case .http: self = .http
        case .websocket: self = .websocket
        }
    }
}
