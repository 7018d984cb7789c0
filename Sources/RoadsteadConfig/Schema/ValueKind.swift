/// How one kind of value is described, read, checked and printed.
struct ValueKind<Value: Sendable & Equatable>: Sendable {
    /// What the value looks like in the file.
    let shape: @Sendable () -> ValueShape
    /// Reads a value; nil, and a report, when it cannot be read.
    let read: @Sendable (SourceNode, ConfigurationPath, inout Reading) -> Value?
    /// Checks what is inside the value.
    var check: @Sendable (Value, ConfigurationPath, inout Reading) -> Void = { _, _, _ in }
    /// The value as a tree; nil when absence says the same.
    let write: @Sendable (Value) -> YAMLTree?
    /// Warns of keys inside the value that were set but have no effect yet.
    var addWarnings: @Sendable (Value, ConfigurationPath, Reading, inout Warnings) -> Void = { _, _, _, _ in }
}

extension ValueKind {
    /// Text that `parse` makes a value of.
    static func scalar(
        _ type: String, write: @escaping @Sendable (Value) -> YAMLTree,
        parse: @escaping @Sendable (SourceScalar) -> Result<Value, ValueFault>
    ) -> ValueKind {
        ValueKind(
            shape: { .scalar(type: type) },
            read: { node, path, reading in
                guard case .scalar(let scalar) = node.content else {
                    reading.reject(node, at: path, expected: type)
                    return nil
                }
                switch parse(scalar) {
                case .success(let value): return value
                case .failure(let fault):
                    reading.reject(node, at: path, expected: type, because: fault)
                    return nil
                }
            },
            write: write)
    }

    /// A list, written `[a, b]` or with a dash before each entry.
    static func list<Element>(of kind: ValueKind<Element>) -> ValueKind where Value == [Element] {
        ValueKind(
            shape: { .list(of: kind.shape()) },
            read: { node, path, reading in
                guard case .list(let nodes) = node.content else {
                    reading.reject(
                        node, at: path, expected: ValueShape.list(of: kind.shape()).typeName,
                        because: "write each entry after a dash, or all in [ ]")
                    return nil
                }
                let elements = nodes.enumerated().compactMap { position, element in
                    reading.found(path.appending(position), at: element.origin)
                    return kind.read(element, path.appending(position), &reading)
                }
                if elements.count < nodes.count { reading.markFaulty(path) }
                return elements
            },
            check: { value, path, reading in
                for (position, element) in value.enumerated() {
                    kind.check(element, path.appending(position), &reading)
                }
            },
            write: { .list($0.compactMap(kind.write)) },
            addWarnings: { value, path, reading, warnings in
                for (position, element) in value.enumerated() {
                    kind.addWarnings(element, path.appending(position), reading, &warnings)
                }
            })
    }
}

extension ValueKind where Value: ConfigurationSection {
    /// A mapping of keys.
    static var section: ValueKind {
        ValueKind(
            shape: { .section(Value.fields.map(\.description)) },
            read: { Value.read($0, at: $1, reading: &$2) },
            check: { $0.checkAll(at: $1, reading: &$2) },
            write: { $0.tree() },
            addWarnings: { $0.addWarnings(at: $1, reading: $2, to: &$3) })
    }
}

extension ValueKind {
    /// A value that may be absent; absence is nil.
    static func optional<Wrapped>(_ kind: ValueKind<Wrapped>) -> ValueKind where Value == Wrapped? {
        ValueKind(
            shape: kind.shape,
            read: { node, path, reading in kind.read(node, path, &reading).map(Optional.some) },
            check: { value, path, reading in
                if let value { kind.check(value, path, &reading) }
            },
            write: { $0.flatMap(kind.write) },
            addWarnings: { value, path, reading, warnings in
                if let value { kind.addWarnings(value, path, reading, &warnings) }
            })
    }
}
