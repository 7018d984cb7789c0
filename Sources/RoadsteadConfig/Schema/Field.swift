/// One key of a section: the one place that says what there is to know about it.
struct Field<Section: ConfigurationSection>: Sendable {
    /// The name and the documentation.
    let description: FieldDescription
    /// Reads a value into the section; what is wrong with it is reported, and leaves the default.
    let read: @Sendable (SourceNode, ConfigurationPath, inout Section, inout Reading) -> Void
    /// Checks what is inside the value.
    let check: @Sendable (Section, ConfigurationPath, inout Reading) -> Void
    /// The value as a tree; nil when the key is better left out.
    let write: @Sendable (Section) -> YAMLTree?
    /// Warns when the key, or one inside it, was set but has no effect yet.
    let addWarnings: @Sendable (Section, ConfigurationPath, Reading, inout Warnings) -> Void

    /// Declares a key.
    ///
    /// - Parameters:
    ///   - key: its name in the file.
    ///   - property: what it fills; the default is what `Section()` has there.
    ///   - kind: the values it takes.
    ///   - purpose: what it decides.
    ///   - advice: when to change it.
    ///   - isRequired: whether a section without it is an error.
    ///   - isQuietAtDefault: whether printed configurations leave it out at its default.
    ///   - effect: whether it does something yet.
    init<Value>(
        _ key: String, _ property: any WritableKeyPath<Section, Value> & Sendable, _ kind: ValueKind<Value>,
        _ purpose: String, change advice: String, isRequired: Bool = false, isQuietAtDefault: Bool = false,
        effect: Effect<Value> = .full
    ) {
        let usual = Section()[keyPath: property]
        description = FieldDescription(
            key: key, purpose: purpose, advice: advice, isRequired: isRequired, effectNote: effect.note, shape: kind.shape(),
            defaultText: isRequired ? nil : kind.write(usual)?.inline)
        read = { node, path, section, reading in
            guard let value = kind.read(node, path, &reading) else { return }
            section[keyPath: property] = value
        }
        check = { section, path, reading in kind.check(section[keyPath: property], path, &reading) }
        write = { section in
            let value = section[keyPath: property]
            return isQuietAtDefault && value == usual ? nil : kind.write(value)
        }
        addWarnings = { section, path, reading, warnings in
            let value = section[keyPath: property]
            if effect.warns(value, reading.isSet(path), usual) {
                warnings.add(path, note: effect.note ?? "no effect yet", origin: reading.origin(of: path))
            } else {
                kind.addWarnings(value, path, reading, &warnings)
            }
        }
    }
}
