/// A way of knowing who a request comes from.
public struct AuthenticatorConfiguration: Sendable, Equatable {
    /// The name that routes use; unique among authenticators.
    public var name = ""
    /// How JSON Web Tokens are verified; nil only while a file is being read.
    public var jwt: JWTConfiguration?

    /// An authenticator that knows nobody yet.
    public init() {}
}

extension AuthenticatorConfiguration: ConfigurationSection {
    static let fields: [Field<AuthenticatorConfiguration>] = [
        Field(
            "name", \.name, .name, "The authenticator's name in routes and logs; unique among authenticators.",
            change: "Choose it after who issues the tokens.", isRequired: true),
        Field(
            "jwt", \.jwt, .optional(.section), "How JSON Web Tokens are verified.", change: "Give it at least one key, or a set of keys.",
            isRequired: true),
    ]

    static var sample: AuthenticatorConfiguration {
        var sample = AuthenticatorConfiguration()
        sample.name = "users"
        sample.jwt = .sample
        return sample
    }
}
