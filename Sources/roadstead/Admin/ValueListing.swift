/// Everything in a JSON value, a line each: `tls.version  TLSv1.3`.
enum ValueListing {
    /// The lines, aligned; what is null is left out.
    static func text(_ value: JSONValue) -> String {
        let entries = entries(value, name: "")
        let width = entries.map(\.name.count).max() ?? 0
        return entries.map { entry in
            entry.name + String(repeating: " ", count: width - entry.name.count) + "  " + TerminalText.escaped(entry.value) + "\n"
        }.joined()
    }

    private static func entries(_ value: JSONValue, name: String) -> [(name: String, value: String)] {
        switch value {
        case .null: []
        case .boolean, .number, .text: [(name, value.scalar ?? "")]
        case .object(let members):
            members.flatMap { entries($0.value, name: name.isEmpty ? $0.name : "\(name).\($0.name)") }
        case .list(let elements):
            elements.enumerated().flatMap { entries($0.element, name: "\(name)[\($0.offset)]") }
        }
    }
}
