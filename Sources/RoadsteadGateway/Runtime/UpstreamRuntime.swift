import RoadsteadConfig
import RoadsteadLoop
import RoadsteadTLS
import Synchronization

/// One upstream as every shard uses it.
final class UpstreamRuntime: Sendable {
    let configuration: UpstreamConfiguration
    let endpoints: [EndpointRuntime]
    /// For `wss://` endpoints; `nil` if there are none.
    let tls: TLSContext?

    init(_ configuration: UpstreamConfiguration) throws(TLSError) {
        self.configuration = configuration
        endpoints = configuration.endpoints.map(EndpointRuntime.init)
        guard configuration.endpoints.contains(where: \.isSecure) else {
            tls = nil
            return
        }
        let options = configuration.tls
        tls = try .client(
            TLSClientOptions(
                authority: options.ca, verifies: options.verify, certificate: options.certificate.isEmpty ? nil : options.certificate,
                key: options.key.isEmpty ? nil : options.key))
    }
}

/// One endpoint and the addresses that its name has at the moment.
final class EndpointRuntime: Sendable {
    let address: EndpointAddress
    private let resolved: Mutex<[SocketAddress]>

    init(_ address: EndpointAddress) {
        self.address = address
        let fixed = SocketAddress(parsing: address.unixPath.map { "unix:\($0)" } ?? address.authority)
        resolved = Mutex(fixed.map { [$0] } ?? [])
        isFixed = fixed != nil
    }

    /// Whether it is an address already, and never resolved.
    let isFixed: Bool

    /// The addresses, best first; empty while the name has none.
    var addresses: [SocketAddress] { resolved.withLock { $0 } }

    /// Looks the name up. Blocks: never on a loop. A failure keeps what was known.
    func resolve() {
        guard !isFixed, case .success(let found) = Resolver.resolve(host: address.host, port: address.port), !found.isEmpty else { return }
        resolved.withLock { $0 = found }
    }
}

extension EndpointAddress {
    /// host:port, with brackets round an IPv6 address.
    var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
