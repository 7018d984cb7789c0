import Logging
import RoadsteadConfig
import RoadsteadLoop

/// The operators' listener with a loop of its own, so that a long list never delays a session.
final class AdminListener: Sendable {
    /// What was bound.
    let address: String
    private let host: AdminHost
    private let descriptors: [Int32]

    /// Binds.
    init(gateway: Gateway, configuration: AdminConfiguration, logger: Logger) throws(GatewayError) {
        var listener = ListenerConfiguration(name: "admin", address: configuration.address)
        listener.backlog = 128
        let sockets = try ListeningSockets(listener, loops: 1)
        address = sockets.address
        descriptors = sockets.descriptors.map { $0[0] }
        do {
            let api = AdminAPI(gateway: gateway, token: configuration.token, publicMetrics: configuration.publicMetrics)
            host = AdminHost(loop: try EventLoop(name: "admin"), api: api, logger: logger)
        } catch {
            sockets.close()
            throw .system("\(error)")
        }
    }

    /// Serves.
    func start() async throws(GatewayError) {
        host.loop.start()
        do { try await host.start(descriptors) } catch { throw .system("\(error)") }
    }

    /// Ends the loop.
    func stop() {
        host.loop.stop()
        host.loop.join()
    }
}
