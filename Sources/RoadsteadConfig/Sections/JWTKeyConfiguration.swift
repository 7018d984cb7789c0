/// One shared secret that may have signed a token.
public struct JWTKeyConfiguration: Sendable, Equatable {
    /// The algorithm that the secret is used with.
    public var algorithm = JWTAlgorithm.hs256
    /// The file with the secret.
    public var secretFile = SecretFile()

    /// The default algorithm, without a secret.
    public init() {}
}

extension JWTKeyConfiguration: ConfigurationSection {
    static let fields: [Field<JWTKeyConfiguration>] = [
        Field(
            "algorithm", \.algorithm, .word, "The algorithm that the secret is used with; a token that names another is refused.",
            change: "Take what the issuer uses."),
        Field(
            "secret_file", \.secretFile, .secretFile, "The file with the secret.", change: "Give it 32 random bytes or more.",
            isRequired: true),
    ]

    static var sample: JWTKeyConfiguration {
        var sample = JWTKeyConfiguration()
        sample.secretFile = SecretFile(path: "secrets/users.key", bytes: [])
        return sample
    }

    func check(at path: ConfigurationPath, reading: inout Reading) {
        guard secretFile.bytes == nil else { return }
        reading.report("is empty; give the path of the file with the secret", at: path.appending("secret_file"))
    }
}
