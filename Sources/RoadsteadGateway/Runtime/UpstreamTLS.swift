import RoadsteadConfig
import RoadsteadTLS

/// How the `wss://` endpoints of an upstream are spoken to: replaced whole on a reload.
struct UpstreamTLS: Sendable {
    let context: TLSContext
    /// The name that endpoints must prove; empty for each one's own host.
    private let serverName: String

    /// Loads the certificates.
    init(_ options: UpstreamTLSConfiguration) throws(TLSError) {
        serverName = options.serverName
        context = try .client(
            TLSClientOptions(
                authority: options.ca, verifies: options.verify, certificate: options.certificate.isEmpty ? nil : options.certificate,
                key: options.key.isEmpty ? nil : options.key))
    }

    /// Who an endpoint must prove to be.
    func serverName(of endpoint: EndpointAddress) -> String { serverName.isEmpty ? endpoint.host : serverName }
}
