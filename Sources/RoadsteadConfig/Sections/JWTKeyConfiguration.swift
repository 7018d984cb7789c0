/// One shared secret that may have signed a token.
public struct JWTKeyConfiguration: Sendable, Equatable {
    /// The algorithm that the secret is used with.
    public var algorithm = JWTAlgorithm.hs256
    /// The file with the secret.
    public var secretFile = SecretFile()

    /// The default algorithm, without a secret.
    public init() {}
}
