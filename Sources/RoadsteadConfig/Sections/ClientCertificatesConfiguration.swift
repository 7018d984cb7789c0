/// Whether clients authenticate themselves by certificate during the TLS handshake.
public struct ClientCertificatesConfiguration: Sendable, Equatable {
    /// Whether a certificate is asked for, and whether it must come.
    public var mode = ClientCertificateMode.none
    /// The path of the PEM file with the authorities that may sign client certificates; empty when `mode` is `none`.
    public var ca = ""

    /// No client certificates.
    public init() {}
}

extension ClientCertificatesConfiguration: ConfigurationSection {
    static let fields: [Field<ClientCertificatesConfiguration>] = [
        Field(
            "mode", \.mode, .word, "Whether a client certificate is asked for, and whether it must come.",
            change: "Use `optional` while clients are being moved over, `required` after."),
        Field(
            "ca", \.ca, .readableFile("path of a PEM file; empty is none"), "The authorities that may sign client certificates.",
            change: "Set it with any mode but `none`."),
    ]

    func check(at path: ConfigurationPath, reading: inout Reading) {
        if !ca.isEmpty { reading.judge(.authority(path: ca), at: path.appending("ca")) }
        guard mode != .none, ca.isEmpty else { return }
        reading.report(
            "is empty, but mode is \(mode.rawValue); give the PEM file of the authority that signs client certificates",
            at: path.appending("ca"), comparedWith: [path.appending("mode")])
    }
}
