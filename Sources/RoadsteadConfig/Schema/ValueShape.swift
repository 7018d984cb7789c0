/// What a value looks like in the file.
indirect enum ValueShape: Sendable {
    /// Text of this type, in words such as `duration, 1ms to 1h`.
    case scalar(type: String)
    /// A mapping with these keys.
    case section([FieldDescription])
    /// A list of values of one shape.
    case list(of: ValueShape)

    /// The type in words.
    var typeName: String {
        switch self {
        case .scalar(let type): type
        case .section: "mapping"
        case .list(of: .scalar(let type)): "list of: \(type)"
        case .list(of: .section): "list of mappings"
        case .list(of: .list): "list of lists"
        }
    }

    /// The keys of the section, or of each section in the list; nil for other shapes.
    var children: [FieldDescription]? {
        switch self {
        case .scalar: nil
        case .section(let fields): fields
        case .list(let element): element.children
        }
    }
}
