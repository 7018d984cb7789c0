import RoadsteadConfig
import RoadsteadLoop
import RoadsteadTLS
import Synchronization

/// One upstream as every shard uses it.
final class UpstreamRuntime: Sendable {
    let configuration: UpstreamConfiguration
    let endpoints: [EndpointRuntime]
    private let currentTLS: Mutex<UpstreamTLS?>

    init(_ configuration: UpstreamConfiguration) throws(TLSError) {
        self.configuration = configuration
        endpoints = configuration.endpoints.map(EndpointRuntime.init)
        currentTLS = Mutex(configuration.endpoints.contains(where: \.isSecure) ? try UpstreamTLS(configuration.tls) : nil)
    }

    /// For `wss://` endpoints; `nil` if there are none.
    var tls: UpstreamTLS? { currentTLS.withLock { $0 } }

    /// Connections made from now on are made so.
    func use(_ tls: UpstreamTLS) { currentTLS.withLock { $0 = tls } }
}

/// One endpoint and the addresses that its name has at the moment.
final class EndpointRuntime: Sendable {
    let address: EndpointAddress
    private let resolved: Mutex<[SocketAddress]>
    private let isBeingTried = Atomic(false)

    init(_ address: EndpointAddress) {
        self.address = address
        let fixed = SocketAddress(parsing: address.unixPath.map { "unix:\($0)" } ?? address.authority)
        resolved = Mutex(fixed.map { [$0] } ?? [])
        isFixed = fixed != nil
    }

    /// Whether it is an address already, and never resolved.
    let isFixed: Bool

    /// Takes the one attempt that the endpoint gets at a time while it is on trial. False: another loop has it.
    func takeTrial() -> Bool { isBeingTried.compareExchange(expected: false, desired: true, ordering: .relaxed).exchanged }

    /// Gives it back.
    func endTrial() { isBeingTried.store(false, ordering: .relaxed) }

    /// The addresses, best first; empty while the name has none.
    var addresses: [SocketAddress] { resolved.withLock { $0 } }

    /// Looks the name up. Blocks: never on a loop that serves. A failure keeps what was known.
    ///
    /// - Returns: the addresses, if they are others than before; nil if only their order is another.
    @discardableResult
    func resolve(with lookup: NameResolver.Lookup = Resolver.resolve) -> [SocketAddress]? {
        guard !isFixed, case .success(let found) = lookup(address.host, address.port), !found.isEmpty else { return nil }
        return resolved.withLock { known in
            defer { known = found }
            return Set(known) == Set(found) ? nil : found
        }
    }
}

extension EndpointAddress {
    /// host:port, with brackets round an IPv6 address.
    var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
