/// One certificate chain and the private key that fits it, both PEM files.
public struct CertificateConfiguration: Sendable, Equatable {
    /// The path of the certificate, followed in the file by its intermediates.
    public var certificate = ""
    /// The path of the private key.
    public var key = ""

    /// Names no files yet.
    public init() {}

    /// Names these files.
    public init(certificate: String, key: String) {
        self.certificate = certificate
        self.key = key
    }
}

extension CertificateConfiguration: ConfigurationSection {
    static let fields: [Field<CertificateConfiguration>] = [
        Field(
            "certificate", \.certificate, .text("path of a PEM file"), "The certificate, followed in the file by its intermediates.",
            change: "`roadstead certs` makes one for development.", isRequired: true),
        Field(
            "key", \.key, .text("path of a PEM file"), "The private key of the certificate.",
            change: "Keep it readable by the gateway's user only.", isRequired: true),
    ]

    static var sample: CertificateConfiguration { CertificateConfiguration(certificate: "certs/server.pem", key: "certs/server.key") }

    func check(at path: ConfigurationPath, reading: inout Reading) {
        let (certificatePlace, keyPlace) = (path.appending("certificate"), path.appending("key"))
        if certificate.isEmpty { reading.report("is empty; give the path of a PEM file", at: certificatePlace) }
        if key.isEmpty { reading.report("is empty; give the path of a PEM file", at: keyPlace) }
        guard !certificate.isEmpty, !key.isEmpty, let problem = reading.certificateProblem(certificate, key) else { return }
        reading.report(problem, at: certificatePlace, comparedWith: [keyPlace])
    }
}
