import Glibc
import Logging
import RoadsteadLoop
import Synchronization

/// Looks the names of endpoints up again and again, and when asked, on a thread of its own: the system's resolver blocks.
///
/// One lookup at a time; an endpoint that already waits for its turn waits once.
final class NameResolver: Sendable {
    /// Addresses of a name, with this port; blocks.
    typealias Lookup = @Sendable (_ host: String, _ port: UInt16) -> Result<[SocketAddress], LoopError>

    private struct State {
        var waiting: Set<ObjectIdentifier> = []
        var isStopped = false
    }

    /// The thread. Nothing but lookups and their timer is on it.
    private let loop: EventLoop
    /// Those with a name.
    private let endpoints: [EndpointRuntime]
    private let interval: Duration
    private let lookup: Lookup
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameters:
    ///   - interval: from one lookup of all names to the next; the first comes after one interval.
    ///   - lookup: the system's, unless a test has its own.
    init(
        upstreams: [UpstreamRuntime], logger: Logger, interval: Duration = .seconds(30), lookup: @escaping Lookup = Resolver.resolve
    ) throws(GatewayError) {
        do {
            loop = try EventLoop(name: "names")
        } catch {
            throw .system("\(error)")
        }
        endpoints = upstreams.flatMap(\.endpoints).filter { !$0.isFixed }
        self.interval = interval
        self.lookup = lookup
        self.logger = logger
    }

    /// Starts the thread.
    func start() {
        loop.start()
        loop.execute { [weak self, loop] in
            // Nobody joins it, see `stop`.
            pthread_detach(pthread_self())
            guard let self, !endpoints.isEmpty else { return }
            Round(resolver: self, loop: loop).arm()
        }
    }

    /// Ends the thread, but does not wait for a lookup that is under way: it may take the resolver's whole patience.
    func stop() {
        state.withLock { $0.isStopped = true }
        loop.stop()
    }

    /// Looks a name up soon. Any thread; returns at once. An address is not a name.
    func resolve(_ endpoint: EndpointRuntime) {
        guard !endpoint.isFixed else { return }
        let isNew = state.withLock { !$0.isStopped && $0.waiting.insert(ObjectIdentifier(endpoint)).inserted }
        guard isNew else { return }
        loop.execute { [weak self] in self?.look(up: endpoint) }
    }

    private func look(up endpoint: EndpointRuntime) {
        let isWanted = state.withLock {
            $0.waiting.remove(ObjectIdentifier(endpoint))
            return !$0.isStopped
        }
        guard isWanted, let addresses = endpoint.resolve(with: lookup) else { return }
        logger.info(
            "endpoint's addresses changed",
            metadata: ["endpoint": "\(endpoint.address.text)", "addresses": "\(addresses.map(\.description).joined(separator: " "))"])
    }

    /// Asks for every name, once an interval. Lives on the loop.
    private final class Round: TimerHandler {
        private weak var resolver: NameResolver?
        private unowned let loop: EventLoop

        init(resolver: NameResolver, loop: EventLoop) {
            self.resolver = resolver
            self.loop = loop
        }

        func arm() {
            guard let resolver else { return }
            _ = loop.arm(at: loop.now + resolver.interval, handler: self)
        }

        func timerFired(_ timer: TimerID) {
            guard let resolver else { return }
            for endpoint in resolver.endpoints { resolver.resolve(endpoint) }
            arm()
        }
    }
}
