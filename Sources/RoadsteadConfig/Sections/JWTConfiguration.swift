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

extension JWTConfiguration: ConfigurationSection {
    static let fields: [Field<JWTConfiguration>] = [
        Field(
            "keys", \.keys, .list(of: .section), "The shared secrets that may have signed a token.",
            change: "Keep the old one beside the new one while secrets are rotated."),
        Field(
            "jwks_file", \.jwksFile, .secretFile, "A JSON Web Key Set of keys that may have signed a token.",
            change: "Set it when the issuer signs with RSA or elliptic-curve keys."),
        Field(
            "issuer", \.issuer, .text("text; empty is any"), "The `iss` claim that a token must carry.",
            change: "Set it whenever the issuer writes one."),
        Field(
            "audience", \.audience, .text("text; empty is any"), "The `aud` claim that a token must carry.",
            change: "Set it when the issuer makes tokens for other services as well."),
        Field(
            "from", \.from,
            .list(
                of: .described(
                    "header, query:NAME or cookie:NAME", hint: "write one of them, with the NAME of a query parameter or cookie",
                    TokenSource.init)
            ),
            "Where in the request the token is looked for, in order.",
            change: "Browsers cannot set headers on WebSockets, so they need one of the others."),
    ]

    static var sample: JWTConfiguration {
        var sample = JWTConfiguration()
        sample.keys = [.sample]
        return sample
    }

    func check(at path: ConfigurationPath, reading: inout Reading) {
        let (keysPlace, setPlace) = (path.appending("keys"), path.appending("jwks_file"))
        if keys.isEmpty, jwksFile.bytes == nil {
            reading.report("has no key to verify a token with; give it keys or a jwks_file", at: path, comparedWith: [keysPlace, setPlace])
        }
        if from.isEmpty {
            reading.report(
                "the list is empty, so no token is ever found; add header, query:NAME or cookie:NAME", at: path.appending("from"))
        }
    }
}
