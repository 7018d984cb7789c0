import Logging
import RoadsteadConfig
import RoadsteadLoop
import RoadsteadWire

/// The admin loop's world: its connections. An actor on that loop, so that answers find their way back.
actor AdminHost {
    /// Operators and scrapers are few. One more takes the place of the one that has asked nothing for longest.
    static let maximumConnections = 256

    nonisolated let loop: EventLoop
    private let core: Core
    private let logger: Logger

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        loop.asUnownedSerialExecutor()
    }

    init(loop: EventLoop, api: AdminAPI, logger: Logger) {
        self.loop = loop
        self.logger = logger
        core = Core(context: LoopContext(loop: loop, handshakesPerWakeUp: 8), api: api)
    }

    func start(_ descriptors: [Int32]) throws(LoopError) {
        core.host = self
        loop.wakeUpFinisher = { [core] in core.context.finishWakeUp() }
        for descriptor in descriptors {
            core.acceptors.append(
                try Acceptor(descriptor: descriptor, name: "admin", loop: loop, logger: logger) { [core] descriptor, _ in
                    core.accepted(descriptor)
                } onPause: {
                })
        }
    }

    private func respond(_ response: HTTPResponse, to connection: UInt64) { core.connections[connection]?.respond(response) }

    /// Asks the API off the loop, and brings the answer back.
    private nonisolated func answer(_ request: AdminRequest, from connection: UInt64, _ api: AdminAPI) {
        Task {
            let response = await api.respond(to: request)
            await respond(response, to: connection)
        }
    }

    /// What the loop's callbacks touch.
    fileprivate final class Core {
        let context: LoopContext
        var connections: [UInt64: AdminConnection] = [:]
        var lastConnection: UInt64 = 0
        var acceptors: [Acceptor] = []
        weak var host: AdminHost?
        private let api: AdminAPI

        init(context: LoopContext, api: AdminAPI) {
            self.context = context
            self.api = api
        }

        func accepted(_ descriptor: Int32) {
            if connections.count >= AdminHost.maximumConnections {
                guard let idle = connections.values.filter(\.isIdle).min(by: { ($0.lastActive, $0.id) < ($1.lastActive, $1.id) }) else {
                    return Socket.close(descriptor)
                }
                idle.close()
            }
            lastConnection += 1
            let connection = AdminConnection(id: lastConnection, context: context) { [weak self] id, request in
                guard let self, let host else { return }
                host.answer(request, from: id, api)
            } onEnd: { [weak self] id in
                self?.connections[id] = nil
            }
            connections[lastConnection] = connection
            connection.begin(descriptor: descriptor)
        }
    }
}
