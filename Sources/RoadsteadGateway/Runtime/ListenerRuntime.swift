import RoadsteadConfig
import RoadsteadTLS

/// One listener as every shard uses it: immutable.
final class ListenerRuntime: Sendable {
    let configuration: ListenerConfiguration
    /// `nil` for plain ws.
    let tls: TLSContext?

    /// Loads the certificates.
    /// - Parameter predecessor: what clients of this listener have tickets of.
    init(_ configuration: ListenerConfiguration, succeeding predecessor: TLSContext? = nil) throws(TLSError) {
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
                certificates: options.certificates.map { CertificateFiles(certificate: $0.certificate, key: $0.key, ocsp: $0.ocsp) },
                minimumVersion: options.minimumVersion == .v1_2 ? .v1_2 : .v1_3, ciphers: options.ciphers,
                sessionTickets: options.sessionTickets, clientCertificates: clients,
                clientAuthority: options.clientCertificates.ca.isEmpty ? nil : options.clientCertificates.ca),
            succeeding: predecessor)
    }

    /// The same listener with another TLS side: for connections that are accepted from now on.
    func reloaded(_ tls: ListenerTLSConfiguration) throws(TLSError) -> ListenerRuntime {
        var configuration = configuration
        configuration.tls = tls
        return try ListenerRuntime(configuration, succeeding: self.tls)
    }
}
