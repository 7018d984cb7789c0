import Logging

extension JSONValue {
    /// A value of a log line's metadata. Numbers and booleans stay what they are; all else that is no container becomes text.
    init(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): self = .text(text)
        case .stringConvertible(let convertible): self = Self.scalar(convertible)
        case .array(let values): self = .list(values.map { JSONValue($0) })
        case .dictionary(let metadata): self = .object(Self.members(metadata))
        }
    }

    /// The members of metadata, sorted by name: a dictionary's own order changes from run to run.
    static func members(_ metadata: Logger.Metadata) -> [JSONMember] {
        metadata.sorted { $0.key < $1.key }.map { JSONMember($0.key, JSONValue($0.value)) }
    }

    private static func scalar(_ value: any CustomStringConvertible) -> JSONValue {
        switch value {
        case let value as Bool: .boolean(value)
        case let value as any BinaryInteger: .number("\(value)")
        // JSON has no infinities and no NaN.
        case let value as Double where value.isFinite: .number("\(value)")
        case _: .text(value.description)
        }
    }
}
