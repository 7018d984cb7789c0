/// One certificate chain and the private key that fits it, both PEM files, and what its authority says of it.
public struct CertificateConfiguration: Sendable, Equatable {
    /// The path of the certificate, followed in the file by its intermediates.
    public var certificate = ""
    /// The path of the private key.
    public var key = ""
    /// The path of an OCSP response in DER that is stapled to the certificate; empty is none.
    public var ocsp = ""

    /// Names no files yet.
    public init() {}

    /// Names these files.
    public init(certificate: String, key: String, ocsp: String = "") {
        self.certificate = certificate
        self.key = key
        self.ocsp = ocsp
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
        Field(
            "ocsp", \.ocsp, .text("path of a DER file; empty is none"),
            "An OCSP response for the certificate, stapled to it when a client asks; one that is out of date is not.",
            change: "Set it when the authority offers OCSP; fetch the response anew, and reload, before it ends."),
    ]

    static var sample: CertificateConfiguration { CertificateConfiguration(certificate: "certs/server.pem", key: "certs/server.key") }

    func check(at path: ConfigurationPath, reading: inout Reading) {
        let (certificatePlace, keyPlace) = (path.appending("certificate"), path.appending("key"))
        if certificate.isEmpty { reading.report("is empty; give the path of a PEM file", at: certificatePlace) }
        if key.isEmpty { reading.report("is empty; give the path of a PEM file", at: keyPlace) }
        guard !certificate.isEmpty, !key.isEmpty else { return }
        if let problem = reading.certificateProblem(certificate, key) {
            reading.report(problem, at: certificatePlace, comparedWith: [keyPlace])
        } else if !ocsp.isEmpty {
            reading.judge(.staple(path: ocsp, certificate: certificate), at: path.appending("ocsp"))
        }
    }
}
