/// The rules for the paths that a route takes.
enum PathPattern {
    /// Takes a path in which each `*` is any run of characters; or says in words what is wrong with it.
    static func parse(_ text: String) -> Result<String, ValueFault> {
        text == "*" ? .success(text) : parseRequest(text)
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
