import Yams

/// Turns YAML text into source nodes: the only place that knows the YAML library.
struct YAMLSource {
    /// Aliases may multiply what a file says; beyond this many values it is refused.
    static let maximumNodes = 100_000

    private let environment: [String: String]
    private let original: [String: String]
    private var nodes = 0

    /// Reads one document. What is wrong with it is reported, and the nodes concerned are faulty; a document that is no YAML is empty.
    static func read(_ text: String, reading: inout Reading) -> SourceNode {
        var renaming = DuplicateRenaming(text)
        while true {
            do {
                // The encoding is given because the library's default depends on an environment variable.
                guard let root = try Yams.compose(yaml: renaming.text, .default, .default, .utf8) else {
                    return SourceNode(content: .mapping([]), origin: .start)
                }
                var source = YAMLSource(environment: reading.environment, original: renaming.original)
                let node = source.node(root, fallback: .start, reading: &reading)
                guard case .empty = node.content else { return node }
                return SourceNode(content: .mapping([]), origin: .start)
            } catch YamlError.duplicatedKeysInMapping(let names, let context)
                where renaming.rename(names.first, line: context.mark.line, column: context.mark.column)
            {
                // The library stops at the first mapping with duplicates; with that one renamed it finds the next.
                continue
            } catch {
                let (message, origin) = explanation(of: error, text: renaming.text)
                reading.report(message, origin: origin)
                return SourceNode(content: .mapping([]), origin: origin)
            }
        }
    }

    private init(environment: [String: String], original: [String: String]) {
        self.environment = environment
        self.original = original
    }

    private mutating func node(_ node: Node, fallback: Origin, reading: inout Reading) -> SourceNode {
        nodes += 1
        let origin = node.mark.map { Origin.file(line: $0.line, column: $0.column) } ?? fallback
        guard nodes <= Self.maximumNodes else {
            if nodes == Self.maximumNodes + 1 {
                reading.report("the file has more than \(Self.maximumNodes) values; remove aliases (*name) of large values", origin: origin)
            }
            return SourceNode(content: .faulty, origin: origin)
        }
        switch node {
        case .scalar(let scalar):
            let content = content(of: scalar, origin: origin, reading: &reading)
            // What is not written has no place of its own; its key has.
            if case .empty = content, scalar.string.isEmpty { return SourceNode(content: content, origin: fallback) }
            return SourceNode(content: content, origin: origin)
        case .sequence(let sequence):
            let elements = sequence.map { self.node($0, fallback: origin, reading: &reading) }
            return SourceNode(content: .list(elements), origin: origin)
        case .mapping(let mapping):
            return SourceNode(content: .mapping(entries(of: mapping, origin: origin, reading: &reading)), origin: origin)
        case .alias:
            // The parser resolves aliases; this case is for emitters.
            return SourceNode(content: .faulty, origin: origin)
        }
    }

    private func content(of scalar: Node.Scalar, origin: Origin, reading: inout Reading) -> SourceNode.Content {
        let isPlain = scalar.style == .plain
        if isPlain, ["", "~", "null", "Null", "NULL"].contains(scalar.string) { return .empty }
        switch Substitution.expand(scalar.string, environment: environment) {
        case .success(let text):
            return .scalar(SourceScalar(text: text, isQuoted: !isPlain && text == scalar.string))
        case .failure(let faults):
            for explanation in faults.explanations { reading.report(explanation, origin: origin) }
            return .faulty
        }
    }

    private mutating func entries(of mapping: Node.Mapping, origin: Origin, reading: inout Reading) -> [SourceEntry] {
        var entries: [SourceEntry] = []
        for (key, value) in mapping {
            let place = key.mark.map { Origin.file(line: $0.line, column: $0.column) } ?? origin
            guard case .scalar(let scalar) = key else {
                reading.report("found a list or mapping as a key, expected a word; quote it if it begins with [ or {", origin: place)
                continue
            }
            let name = original[scalar.string] ?? scalar.string
            let content = node(value, fallback: place, reading: &reading)
            if let first = entries.first(where: { $0.key == name }) {
                let text = first.origin.text(file: reading.file)
                reading.report("the key \"\(name)\" is given twice, first at \(text); keep one of the two", origin: place)
            } else {
                entries.append(SourceEntry(key: name, origin: place, value: content))
            }
        }
        return entries
    }

    private static func explanation(of error: any Error, text: String) -> (message: String, origin: Origin) {
        let advice = "check the indentation (spaces, no tabs), quotes and brackets here and just above"
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _):
            // Where a quote or key begins says more than where the scanner gave up on it, often at the end of the file.
            let place = context?.mark ?? mark
            let words = context.map { "\($0.text), " } ?? ""
            return ("malformed YAML: \(words)\(problem); \(advice)", .file(line: place.line, column: place.column))
        case .parser(let context, let problem, let mark, _), .composer(let context, let problem, let mark, _):
            let words = context.map { "\($0.text) (line \($0.mark.line)), " } ?? ""
            return ("malformed YAML: \(words)\(problem); \(advice)", .file(line: mark.line, column: mark.column))
        case .reader(let problem, let offset, _, _):
            let before = text.utf8.prefix(offset ?? 0)
            let line = before.count { $0 == UInt8(ascii: "\n") } + 1
            let column = before.reversed().prefix { $0 != UInt8(ascii: "\n") }.count + 1
            return ("malformed YAML: \(problem); remove the character", .file(line: line, column: column))
        case .duplicatedKeysInMapping(let names, let context):
            let quoted = names.map { "\"\($0)\"" }.joined(separator: ", ")
            return ("given twice: \(quoted); keep one of each", .file(line: context.mark.line, column: context.mark.column))
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded, nil:
            return ("cannot be parsed as YAML: \(error)", .start)
        }
    }
}
