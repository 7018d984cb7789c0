/// A JSON Web Signature algorithm (RFC 7518, section 3.2) for which a shared secret is given.
public enum JWTAlgorithm: String, Sendable, Equatable, CaseIterable {
    /// HMAC with SHA-256.
    case hs256 = "HS256"
    /// HMAC with SHA-384.
    case hs384 = "HS384"
    /// HMAC with SHA-512.
    case hs512 = "HS512"
}
