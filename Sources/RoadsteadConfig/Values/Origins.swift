/// The rules for the `Origin` header (RFC 6454, section 6.2).
enum Origins {
    /// Takes `scheme://host`, with `:port` unless it is the scheme's own, or `null`; or says in words what is wrong with it.
    static func parse(_ text: String) -> Result<String, ValueFault> {
        if text == "null" { return .success(text) }
        guard text != "*" else { return .failure("an empty list lets in any origin") }
        let scheme = text.prefix { $0 != ":" }
        let rest = text[scheme.endIndex...]
        guard rest.hasPrefix("://"), scheme.first?.isLetter == true, Token.isValid(scheme) else {
            return .failure("the scheme is missing, as in https://app.example.com")
        }
        let authority = rest.dropFirst("://".count)
        guard !authority.contains("/") else { return .failure("an origin ends with its host or port: remove the path") }
        // Browsers send origins in lower case.
        return HostAndPort.parse(authority).map { _ in text.lowercased() }
    }
}
