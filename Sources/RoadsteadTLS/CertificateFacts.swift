/// What operators should know of one certificate in use. Times are in seconds since 1970.
public struct CertificateFacts: Sendable, Equatable {
    /// What the stapled OCSP response says (RFC 6960).
    public struct Staple: Sendable, Equatable {
        /// The file it came from.
        public var path: String
        /// Before this it is not stapled.
        public var validFrom: Int64
        /// From this on it is not stapled; nil if it says no end.
        public var validUntil: Int64?
        /// Whether it says that the certificate is revoked.
        public var isRevoked: Bool

        /// Mostly for tests: contexts make these.
        public init(path: String, validFrom: Int64, validUntil: Int64?, isRevoked: Bool) {
            self.path = path
            self.validFrom = validFrom
            self.validUntil = validUntil
            self.isRevoked = isRevoked
        }
    }

    /// The file it came from.
    public var path: String
    /// Its first DNS name, else address, else common name; empty if it has none of them.
    public var name: String
    /// When it ceases to be valid.
    public var notAfter: Int64
    /// nil if nothing is stapled to it.
    public var staple: Staple?

    /// Mostly for tests: contexts make these.
    public init(path: String, name: String, notAfter: Int64, staple: Staple? = nil) {
        self.path = path
        self.name = name
        self.notAfter = notAfter
        self.staple = staple
    }
}
