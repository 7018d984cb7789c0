/// Puts single values from the environment or from flags over those of the file.
struct Overlay {
    /// The prefix of the environment variables that are the gateway's.
    static let prefix = "ROADSTEAD_"

    /// The scalar keys outside lists, as `limits.sessions`: those that can be set from outside the file.
    static let keys: [String] = keys(of: Configuration.fields.map(\.description), below: "")

    /// The variable that sets a key: `ROADSTEAD_LIMITS_SESSIONS`.
    static func variable(for key: String) -> String {
        prefix + key.uppercased().split(separator: ".").joined(separator: "_")
    }

    /// Puts the gateway's environment variables over `root`; one that names no key is reported.
    static func applyEnvironment(to root: SourceNode, reading: inout Reading) -> SourceNode {
        let keysByVariable = Dictionary(uniqueKeysWithValues: keys.map { (variable(for: $0), $0) })
        var root = root
        for (name, value) in reading.environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(prefix) {
            if let key = keysByVariable[name] {
                set(key.split(separator: "."), in: &root, to: value, origin: .environment(name))
            } else {
                let nearest = Spelling.closest(to: name, among: keysByVariable.keys.sorted()) ?? ""
                reading.report("no key has this name; the nearest is \(nearest): rename or unset it", origin: .environment(name))
            }
        }
        return root
    }

    /// Puts the values of flags, by key, over `root`; one that names no key is reported.
    static func apply(_ overrides: [String: String], to root: SourceNode, reading: inout Reading) -> SourceNode {
        var root = root
        for (key, value) in overrides.sorted(by: { $0.key < $1.key }) {
            if keys.contains(key) {
                set(key.split(separator: "."), in: &root, to: value, origin: .flag(key))
            } else {
                let nearest = Spelling.closest(to: key, among: keys) ?? ""
                reading.report("no key outside lists has this name; the nearest is \(nearest)", origin: .flag(key))
            }
        }
        return root
    }

    private static func keys(of fields: [FieldDescription], below path: String) -> [String] {
        fields.flatMap { field -> [String] in
            switch field.shape {
            case .scalar: [path + field.key]
            case .section(let children): keys(of: children, below: "\(path)\(field.key).")
            case .list: []
            }
        }
    }

    private static func set(_ steps: [Substring], in node: inout SourceNode, to value: String, origin: Origin) {
        guard let step = steps.first else {
            node = SourceNode(content: .scalar(SourceScalar(text: value, isQuoted: false)), origin: origin)
            return
        }
        // Over something that is no mapping nothing can be put; it is reported where it stands.
        guard case .mapping(var entries) = node.content else { return }
        let key = String(step)
        let index = entries.firstIndex { $0.key == key } ?? entries.endIndex
        if index == entries.endIndex {
            entries.append(SourceEntry(key: key, origin: origin, value: SourceNode(content: .mapping([]), origin: origin)))
        }
        set(Array(steps.dropFirst()), in: &entries[index].value, to: value, origin: origin)
        node.content = .mapping(entries)
    }
}
