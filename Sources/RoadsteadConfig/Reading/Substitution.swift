/// Fills environment variables into text: `${NAME}` is the variable's value, `$$` is one `$`, and any other `$` is itself.
enum Substitution {
    /// The text with its variables filled in, or, one by one, the words for what is wrong.
    static func expand(_ text: String, environment: [String: String]) -> Result<String, SubstitutionFaults> {
        var expanded = ""
        var faults: [String] = []
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            expanded += rest[..<dollar]
            let after = rest[rest.index(after: dollar)...]
            if after.first == "$" {
                expanded += "$"
                rest = after.dropFirst()
            } else if after.first == "{" {
                guard let end = after.firstIndex(of: "}") else {
                    faults.append("found `${` without `}`; write ${NAME}, or $${ for the characters themselves")
                    rest = after.dropFirst()
                    continue
                }
                let name = String(after[after.index(after: after.startIndex)..<end])
                if !isVariableName(name) {
                    faults.append("found ${\(name)}, expected the name of an environment variable; write $${ for the characters themselves")
                } else if let value = environment[name] {
                    expanded += value
                } else {
                    faults.append("the environment variable \(name) is not set; set it, or write $${\(name)} for the characters themselves")
                }
                rest = after[after.index(after: end)...]
            } else {
                expanded += "$"
                rest = after
            }
        }
        return faults.isEmpty ? .success(expanded + rest) : .failure(SubstitutionFaults(explanations: faults))
    }

    private static func isVariableName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(48...57).contains(first) else { return false }
        return text.unicodeScalars.allSatisfy { $0 == "_" || $0.isASCII && $0.properties.isAlphabetic || ("0"..."9").contains($0) }
    }
}
