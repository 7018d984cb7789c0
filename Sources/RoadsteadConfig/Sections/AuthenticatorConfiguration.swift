/// A way of knowing who a request comes from.
public struct AuthenticatorConfiguration: Sendable, Equatable {
    /// The name that routes use; unique among authenticators.
    public var name = ""
    /// How JSON Web Tokens are verified; nil only while a file is being read.
    public var jwt: JWTConfiguration?

    /// An authenticator that knows nobody yet.
    public init() {}
}
