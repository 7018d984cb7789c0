/// The rules for the hosts that a route takes.
enum HostPattern {
    /// Takes a name, an IP address, `*.domain` or `*`, in lower case; or says in words what is wrong with it.
    static func parse(_ text: String) -> Result<String, ValueFault> {
        let name = text.hasPrefix("*.") ? text.dropFirst(2) : text[...]
        let isAddress = !text.hasPrefix("*") && IPLiteral(text) != nil
        guard text == "*" || isAddress || HostName.isValid(name) else {
            return .failure("write a host name without a port; `*` stands alone or before the first dot")
        }
        return .success(text.lowercased())
    }
}
