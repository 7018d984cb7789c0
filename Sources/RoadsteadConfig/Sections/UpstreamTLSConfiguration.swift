/// How `wss://` endpoints of an upstream are verified, and what the gateway shows to them.
public struct UpstreamTLSConfiguration: Sendable, Equatable {
    /// The path of the PEM file with the authorities that may sign endpoint certificates; empty is the system's store.
    public var ca = ""
    /// Whether endpoint certificates and their names are verified.
    public var verify = true
    /// The name sent as SNI and verified; empty is the endpoint's host.
    public var serverName = ""
    /// The path of the client certificate shown to endpoints; empty shows none.
    public var certificate = ""
    /// The path of the private key of `certificate`.
    public var key = ""

    /// The defaults: verified against the system's store.
    public init() {}
}

extension UpstreamTLSConfiguration: ConfigurationSection {
    static let fields: [Field<UpstreamTLSConfiguration>] = [
        Field(
            "ca", \.ca, .readableFile("path of a PEM file; empty is the system's store"),
            "The authorities that may sign endpoint certificates.",
            change: "Set it when a private authority signs them."),
        Field(
            "verify", \.verify, .boolean, "Whether endpoint certificates and the names in them are verified.",
            change: "Turn it off in development only: without it anyone on the way can read along."),
        Field(
            "server_name", \.serverName, .text("host name; empty is the endpoint's host"),
            "The name sent as SNI and looked for in the certificate.",
            change: "Set it when endpoints are given as IP addresses but their certificate names a host."),
        Field(
            "certificate", \.certificate, .text("path of a PEM file; empty is none"), "The client certificate shown to endpoints.",
            change: "Set it, with `key`, when endpoints ask for one."),
        Field(
            "key", \.key, .text("path of a PEM file; empty is none"), "The private key of `certificate`.",
            change: "Keep it readable by the gateway's user only."),
    ]

    func check(at path: ConfigurationPath, reading: inout Reading) {
        if !ca.isEmpty { reading.judge(.authority(path: ca), at: path.appending("ca")) }
        let (certificatePlace, keyPlace) = (path.appending("certificate"), path.appending("key"))
        switch (certificate.isEmpty, key.isEmpty) {
        case (true, true): break
        case (true, false):
            reading.report("is empty, but a key is given; give both or neither", at: certificatePlace, comparedWith: [keyPlace])
        case (false, true):
            reading.report("is empty, but a certificate is given; give both or neither", at: keyPlace, comparedWith: [certificatePlace])
        case (false, false):
            guard let problem = reading.certificateProblem(certificate, key) else { return }
            reading.report(problem, at: certificatePlace, comparedWith: [keyPlace])
        }
    }
}
