import Logging
import RoadsteadConfig
import RoadsteadLoop
import RoadsteadWire

/// The admin loop's world: its connections. An actor on that loop, so that answers find their way back.
actor AdminHost {
    /// More at once are refused: operators and scrapers are few.
    static let maximumConnections = 256

    nonisolated let loop: EventLoop
    private let core: Core

    nonisolated var unownedExecutor: UnownedSerialExecutor {
        loop.asUnownedSerialExecutor()
    }

    init(loop: EventLoop, api: AdminAPI) {
        self.loop = loop
        core = Core(context: LoopContext(loop: loop, handshakesPerWakeUp: 8), api: api)
    }

    func start(_ descriptors: [Int32]) throws(LoopError) {
        core.host = self
        loop.wakeUpObserver = { [core] _ in core.context.wakeUpEnded() }
        for descriptor in descriptors { _ = try loop.registerLevelTriggered(descriptor, handler: AdminAcceptor(descriptor, core)) }
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
        weak var host: AdminHost?
        private let api: AdminAPI

        init(context: LoopContext, api: AdminAPI) {
            self.context = context
            self.api = api
        }

        func accepted(_ descriptor: Int32) {
            guard connections.count < AdminHost.maximumConnections else { return Socket.close(descriptor) }
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

    /// The admin loop's end of its listener.
    private final class AdminAcceptor: EventHandler {
        private let descriptor: Int32
        private let core: Core

        init(_ descriptor: Int32, _ core: Core) {
            self.descriptor = descriptor
            self.core = core
        }

        func ready(_ readiness: Readiness) {
            // One at a time; the level-triggered listener comes again for the next.
            guard case .accepted(let descriptor, _) = Socket.accept(descriptor) else { return }
            core.accepted(descriptor)
        }
    }
}
