/// Whether clients authenticate themselves by certificate during the TLS handshake.
public struct ClientCertificatesConfiguration: Sendable, Equatable {
    /// Whether a certificate is asked for, and whether it must come.
    public var mode = ClientCertificateMode.none
    /// The path of the PEM file with the authorities that may sign client certificates; empty when `mode` is `none`.
    public var ca = ""

    /// No client certificates.
    public init() {}
}
