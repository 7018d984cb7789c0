/// Something for each server name: exact names first, then `*.` for exactly one label (RFC 6125 section 6.4.3). Names are in any case.
struct ServerNames<Value> {
    private var exact: [String: Value] = [:]
    private var wildcard: [String: Value] = [:]

    /// What is kept for a name as certificates have it, which may be a wildcard; nil if there is nothing.
    subscript(_ name: String) -> Value? {
        get { if let parent = Self.parent(ofWildcard: name) { wildcard[parent] } else { exact[name.lowercased()] } }
        set { if let parent = Self.parent(ofWildcard: name) { wildcard[parent] = newValue } else { exact[name.lowercased()] = newValue } }
    }

    private static func parent(ofWildcard name: String) -> String? { name.hasPrefix("*.") ? name.dropFirst(2).lowercased() : nil }

    /// What answers to a name that a client asks for, the most exact first: at most two values. A dot at the end means nothing.
    func answers(to name: String) -> [Value] {
        var name = name.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        var answers: [Value] = []
        if let value = exact[name] { answers.append(value) }
        if let dot = name.firstIndex(of: "."), dot != name.startIndex, let value = wildcard[String(name[name.index(after: dot)...])] {
            answers.append(value)
        }
        return answers
    }
}

extension ServerNames: Sendable where Value: Sendable {}
