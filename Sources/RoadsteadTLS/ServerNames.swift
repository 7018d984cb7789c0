/// Which certificate answers to which server name: exact names first, then `*.` for exactly one label (RFC 6125 section 6.4.3).
struct ServerNames: Sendable, Equatable {
    private var exact: [String: Int] = [:]
    private var wildcard: [String: Int] = [:]

    /// Adds a certificate's names; a name that an earlier one has stays with that one.
    mutating func add(_ names: [String], index: Int) {
        for name in names.lazy.map({ $0.lowercased() }) {
            if name.hasPrefix("*.") {
                Self.keepFirst(&wildcard[String(name.dropFirst(2))], index)
            } else {
                Self.keepFirst(&exact[name], index)
            }
        }
    }

    private static func keepFirst(_ entry: inout Int?, _ index: Int) {
        if entry == nil { entry = index }
    }

    /// The certificate for a name that a client asks for, in any case; nil if no certificate has it.
    func index(of name: String) -> Int? {
        let name = name.lowercased()
        if let index = exact[name] { return index }
        guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { return nil }
        return wildcard[String(name[name.index(after: dot)...])]
    }
}
