/// How JSON Web Tokens (RFC 7519) are verified.
public struct JWTConfiguration: Sendable, Equatable {
    /// The shared secrets that may have signed a token.
    public var keys: [JWTKeyConfiguration] = []
    /// The file with a JSON Web Key Set of keys that may have signed a token.
    public var jwksFile = SecretFile()
    /// The `iss` claim that a token must carry; empty is any.
    public var issuer = ""
    /// The `aud` claim that a token must carry; empty is any.
    public var audience = ""
    /// Where in the request the token is looked for, in order.
    public var from: [TokenSource] = [.header, .query("access_token"), .cookie("token")]

    /// The defaults, without a key.
    public init() {}
}
