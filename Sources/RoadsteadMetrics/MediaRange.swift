/// One element of an `Accept` header: `type/subtype;version=1.0.0;q=0.5`.
struct MediaRange: Equatable {
    /// Type and subtype in lower case.
    let type: String
    /// The parameter `version`, if there is one.
    let version: String?
    /// The parameter `q`, 0 to 1; 1 if there is none.
    let weight: Double

    /// Nil if the weight is not a weight: such an element asks for nothing that could be understood.
    init?(_ text: Substring) {
        var parts = text.split(separator: ";", omittingEmptySubsequences: false).map(Self.trimmed)
        let type = parts.removeFirst().lowercased()
        var version: String?
        var weight = 1.0
        for part in parts {
            guard let equals = part.firstIndex(of: "=") else { continue }
            let value = String(Self.trimmed(part[part.index(after: equals)...]))
            switch Self.trimmed(part[..<equals]).lowercased() {
            case "version":
                version = value.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\"") ? String(value.dropFirst().dropLast()) : value
            case "q":
                guard let number = Double(value), (0...1).contains(number) else { return nil }
                weight = number
            default:
                continue
            }
        }
        self.type = type
        self.version = version
        self.weight = weight
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isBlank = { (character: Character) in character == " " || character == "\t" }
        guard let end = text.lastIndex(where: { !isBlank($0) }) else { return "" }
        return text[...end].drop(while: isBlank)
    }
}
