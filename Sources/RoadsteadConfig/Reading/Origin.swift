/// Where a value came from.
enum Origin: Sendable, Equatable {
    /// A place in the file, both from 1.
    case file(line: Int, column: Int)
    /// The environment variable with this name.
    case environment(String)
    /// The flag for this key.
    case flag(String)

    /// The start of the file: for what is wrong with all of it.
    static let start = Origin.file(line: 1, column: 1)

    /// An error at this place.
    func error(file: String, message: String) -> ConfigurationError {
        switch self {
        case .file(let line, let column): ConfigurationError(file: file, line: line, column: column, message: message)
        case .environment(let name): ConfigurationError(file: "environment \(name)", line: 0, column: 0, message: message)
        case .flag(let key): ConfigurationError(file: "flag for \(key)", line: 0, column: 0, message: message)
        }
    }

    /// The place in words, for warnings.
    func text(file: String) -> String {
        switch self {
        case .file(let line, let column): "\(file):\(line):\(column)"
        case .environment(let name): "environment \(name)"
        case .flag(let key): "flag for \(key)"
        }
    }
}
