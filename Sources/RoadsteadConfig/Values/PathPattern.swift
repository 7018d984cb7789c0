/// The rules for the paths that a route takes.
enum PathPattern {
    /// Takes an exact path, or a prefix that ends in `/*`; or says in words what is wrong with it.
    static func parse(_ text: String) -> Result<String, ValueFault> {
        parseRequest(text.hasSuffix("/*") ? String(text.dropLast()) : text).flatMap { path in
            path.contains("*") ? .failure("`*` stands only at the end, after a slash") : .success(text)
        }
    }

    /// Takes the path of a request; or says in words what is wrong with it.
    static func parseRequest(_ text: String) -> Result<String, ValueFault> {
        guard text.hasPrefix("/") else { return .failure("it begins with /") }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return .failure("percent-encode spaces and characters beyond ASCII")
        }
        guard !text.contains("?"), !text.contains("#") else { return .failure("it has no query and no fragment") }
        return .success(text)
    }
}
