/// A secret that was read from a file; only the path is ever printed.
public struct SecretFile: Sendable, Equatable {
    /// The path, as the configuration gives it; empty when there is no secret.
    public let path: String
    /// The secret, without the newline that editors put at the end; nil when `path` is empty.
    public let bytes: [UInt8]?

    /// No secret.
    public init() {
        path = ""
        bytes = nil
    }

    /// The secret that the file at `path` held.
    public init(path: String, bytes: [UInt8]) {
        self.path = path
        self.bytes = bytes
    }

    /// The secret as text; nil when there is none, or when it is not UTF-8.
    public var text: String? { bytes.flatMap { String(validating: $0, as: UTF8.self) } }
}

extension SecretFile: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The path, and whether a secret was read from it.
    public var description: String { bytes == nil ? "none" : "\(path) (<redacted>)" }
    /// The same as `description`, so that a dump does not show the secret.
    public var debugDescription: String { description }
    /// Nothing but the path, so that a dump does not show the secret.
    public var customMirror: Mirror { Mirror(self, children: ["path": path]) }
}
