import RoadsteadConfig
import RoadsteadTLS

/// One listener as every shard uses it: immutable.
final class ListenerRuntime: Sendable {
    let configuration: ListenerConfiguration
    /// `nil` for plain ws.
    let tls: TLSContext?

    /// Loads the certificates.
    init(_ configuration: ListenerConfiguration) throws(TLSError) {
        self.configuration = configuration
        guard let options = configuration.tls else {
            tls = nil
            return
        }
        let clients: ClientCertificates =
            switch options.clientCertificates.mode {
            case .none: .none
            case .optional: .optional
            case .required: .required
            }
        tls = try .server(
            TLSServerOptions(
                certificates: options.certificates.map { CertificateFiles(certificate: $0.certificate, key: $0.key) },
                minimumVersion: options.minimumVersion == .v1_2 ? .v1_2 : .v1_3, ciphers: options.ciphers,
                sessionTickets: options.sessionTickets, clientCertificates: clients,
                clientAuthority: options.clientCertificates.ca.isEmpty ? nil : options.clientCertificates.ca))
    }
}
