import RoadsteadLoop
import RoadsteadMachines
import RoadsteadWire

/// One operator's connection: HTTP/1.1 with keep-alive, one request at a time. Confined to the admin loop.
final class AdminConnection: ConnectionOwner, TimerHandler {
    /// For a head to come, and between requests.
    static let patience: Duration = .seconds(60)

    let id: UInt64
    private let context: LoopContext
    private var connection: Connection?
    private var parser = AdminConnection.newParser()
    private var timer = TimerID.none
    private var answering: RequestHead?
    private let onRequest: (UInt64, AdminRequest) -> Void
    private let onEnd: (UInt64) -> Void

    init(id: UInt64, context: LoopContext, onRequest: @escaping (UInt64, AdminRequest) -> Void, onEnd: @escaping (UInt64) -> Void) {
        self.id = id
        self.context = context
        self.onRequest = onRequest
        self.onEnd = onEnd
    }

    private static func newParser() -> RequestHeadParser { RequestHeadParser(maximumBytes: 16 * 1024) }

    func begin(descriptor: Int32) {
        guard
            let connection = try? Connection(descriptor: descriptor, transport: .plain, context: context, owner: self, isConnecting: false)
        else {
            Socket.close(descriptor)
            return onEnd(id)
        }
        self.connection = connection
        arm()
    }

    /// No answer of it is being made or sent.
    var isIdle: Bool { answering == nil && connection?.queuedBytes == 0 }

    /// When it was accepted, or had its last answer.
    private(set) var lastActive = Instant.never

    private func arm() {
        context.loop.cancel(timer)
        lastActive = context.loop.now
        timer = context.loop.arm(at: lastActive + Self.patience, handler: self)
    }

    func connectionEstablished() {}

    func connectionReceived(_ bytes: inout MutableRawSpan) {
        guard !isOver else { return }
        // A request that is pipelined behind another is not read: the connection ends with the first answer.
        guard answering == nil else { return hasUnreadInput = true }
        switch parser.feed(bytes.bytes) {
        case .incomplete: break
        case .failed(let error):
            isOver = true
            connection?.send(Refusal(error).response, answering: parser.method)
            connection?.shutWhenDrained()
        case .complete(let head, let consumed):
            parser = Self.newParser()
            // A body is not wanted by any of our requests: it is left unread, and the connection ends after the answer.
            hasUnreadInput =
                consumed < bytes.byteCount || head.headers.first("Content-Length") ?? "0" != "0"
                || head.headers.first("Transfer-Encoding") != nil
            answering = head
            onRequest(id, AdminRequest(head))
        }
    }

    private var hasUnreadInput = false
    /// The last answer is on its way: what still comes is discarded.
    private var isOver = false

    /// The answer is ready.
    func respond(_ response: HTTPResponse) {
        guard let connection, let head = answering else { return }
        answering = nil
        var response = response
        let keepsAlive = head.keepsAlive && !hasUnreadInput
        if !keepsAlive { response.headers.append(HeaderField(name: "Connection", value: "close")) }
        connection.send(response, answering: head.method)
        if !keepsAlive {
            isOver = true
            connection.shutWhenDrained()
        }
        arm()
    }

    var readsToTheEnd: Bool { false }

    func connectionBacklogChanged(drains: Bool) {}

    func connectionEnded(_ end: ConnectionEnd) { close() }

    func timerFired(_ timer: TimerID) {
        self.timer = .none
        close()
    }

    func close() {
        context.loop.cancel(timer)
        timer = .none
        connection?.close()
        connection = nil
        onEnd(id)
    }
}
