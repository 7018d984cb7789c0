/// What the TLS side of upstream connections is made from.
public struct TLSClientOptions: Sendable, Equatable {
    /// The PEM file of the authorities to trust; empty means the system's store.
    public var authority: String
    /// Whether the server's chain and name are checked. Turning it off leaves the connection open to whoever is on the path.
    public var verifies: Bool
    /// The PEM file of the client's own certificate, for servers that ask for one.
    public var certificate: String?
    /// The PEM file of that certificate's key.
    public var key: String?
    /// Older versions are refused.
    public var minimumVersion: TLSVersion
    /// Newer versions are not offered; for servers that stumble over them.
    public var maximumVersion: TLSVersion
    /// An OpenSSL cipher list for TLS 1.2; empty means the same list as a server's.
    public var ciphers: String
    /// Offered by ALPN (RFC 7301), in order of preference; empty offers none.
    public var applicationProtocols: [String]

    /// The defaults verify against the system's store and offer HTTP/1.1.
    public init(
        authority: String = "", verifies: Bool = true, certificate: String? = nil, key: String? = nil,
        minimumVersion: TLSVersion = .v1_2, maximumVersion: TLSVersion = .v1_3, ciphers: String = "",
        applicationProtocols: [String] = ["http/1.1"]
    ) {
        self.authority = authority
        self.verifies = verifies
        self.certificate = certificate
        self.key = key
        self.minimumVersion = minimumVersion
        self.maximumVersion = maximumVersion
        self.ciphers = ciphers
        self.applicationProtocols = applicationProtocols
    }
}
