/// A mapping of keys in the configuration file, and the struct that it becomes.
///
/// A section says everything about its keys once, in `fields`: their names, the properties they fill, their types, what they do,
/// when to change them and whether they have an effect yet; the defaults are those of `init()`. Reading, unknown keys,
/// environment variables, warnings, both printed forms and the reference page all follow from that.
protocol ConfigurationSection: Sendable, Equatable {
    /// The section with every default.
    init()

    /// The keys, in the order in which they are documented and printed.
    static var fields: [Field<Self>] { get }

    /// The section as the commented default shows it: with its required keys filled in, and nothing else changed.
    static var sample: Self { get }

    /// Reports what is wrong with values that are each right by themselves.
    func check(at path: ConfigurationPath, reading: inout Reading)
}

extension ConfigurationSection {
    static var sample: Self { Self() }

    func check(at path: ConfigurationPath, reading: inout Reading) {}

    /// Makes a section of a mapping, and reports everything that is wrong with it.
    static func read(_ node: SourceNode, at path: ConfigurationPath, reading: inout Reading) -> Self {
        var section = Self()
        guard case .mapping(let entries) = node.content else {
            let keys = fields.map(\.description.key).joined(separator: ", ")
            reading.reject(node, at: path, expected: "a mapping with the keys \(keys)")
            return section
        }
        for entry in entries {
            let keyPath = path.appending(entry.key)
            guard let field = fields.first(where: { $0.description.key == entry.key }) else {
                reading.rejectUnknown(entry, at: path, known: fields.map(\.description.key))
                continue
            }
            reading.found(keyPath, at: entry.value.origin)
            field.read(entry.value, keyPath, &section, &reading)
        }
        for field in fields where field.description.isRequired && !entries.contains(where: { $0.key == field.description.key }) {
            let type = field.description.shape.typeName
            let place = path.appending(field.description.key)
            reading.report("is missing; expected \(type); add it", at: place, origin: node.origin)
            reading.markFaulty(place)
        }
        return section
    }

    /// Checks this section and everything in it.
    func checkAll(at path: ConfigurationPath, reading: inout Reading) {
        check(at: path, reading: &reading)
        for field in Self.fields {
            field.check(self, path.appending(field.description.key), &reading)
        }
    }

    /// This section as a tree to be printed.
    func tree() -> YAMLTree {
        .mapping(
            Self.fields.compactMap { field in
                field.write(self).map { YAMLEntry(field: field.description, value: $0) }
            })
    }

    /// Adds a warning for each key of this section, and of those in it, that was set but has no effect yet.
    func addWarnings(at path: ConfigurationPath, reading: Reading, to warnings: inout Warnings) {
        for field in Self.fields {
            field.addWarnings(self, path.appending(field.description.key), reading, &warnings)
        }
    }
}
