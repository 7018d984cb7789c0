/// Who the client is when proxies stand before the gateway, by `X-Forwarded-For`: each proxy appends the address it was asked from, so
/// only the end that trusted proxies wrote can be believed.
public enum ForwardedFor {
    /// The address nearest to the right that no trusted proxy has; nil if the list has none that is good.
    ///
    /// - Parameters:
    ///   - elements: the whole list, of all fields with the name, first to last.
    ///   - isTrusted: whether an address is a trusted proxy's; nil if the text is no IP address, where the walk ends.
    public static func client(_ elements: [String], isTrusted: (String) -> Bool?) -> String? {
        var client: String?
        for element in elements.reversed() {
            let address = address(in: element)
            guard let isProxy = isTrusted(address) else { break }
            client = address
            guard isProxy else { break }
        }
        return client
    }

    /// An element without the quotes, brackets and port that some proxies write: `"[2001:db8::1]:4711"`, `192.0.2.1:4711`.
    static func address(in element: String) -> String {
        var text = Substring(element)
        if text.hasPrefix("\""), text.hasSuffix("\""), text.count > 1 { text = text.dropFirst().dropLast() }
        if text.hasPrefix("["), let bracket = text.firstIndex(of: "]") {
            let rest = text[text.index(after: bracket)...]
            guard rest.isEmpty || isPort(rest) else { return element }
            return String(text[text.index(after: text.startIndex)..<bracket])
        }
        guard let colon = text.firstIndex(of: ":"), !text[text.index(after: colon)...].contains(":"), isPort(text[colon...]) else {
            return String(text)
        }
        return String(text[..<colon])
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.hasPrefix(":") && (2...6).contains(text.utf8.count) && text.dropFirst().utf8.allSatisfy(ASCII.isDigit)
    }
}
