/// An extension as it stands in `Sec-WebSocket-Extensions` (RFC 6455 section 9.1): a name and parameters, in order, repeated ones too.
public struct WebSocketExtension: Sendable, Equatable {
    /// One parameter.
    public struct Parameter: Sendable, Equatable {
        /// The token before the equals sign.
        public var name: String
        /// The token after it, unquoted; nil if there is none.
        public var value: String?

        /// A parameter with these parts.
        public init(_ name: String, _ value: String? = nil) {
            self.name = name
            self.value = value
        }
    }

    /// The name, compared with regard to case.
    public var name: String
    /// The parameters. What they mean, and whether one may come twice, is for the extension to say.
    public var parameters: [Parameter]

    /// An extension with these parts.
    public init(_ name: String, _ parameters: [Parameter] = []) {
        self.name = name
        self.parameters = parameters
    }

    /// The field of a message's head.
    static let fieldName = "Sec-WebSocket-Extensions"

    /// Reads the extensions in all fields of that name, the preferred one first.
    ///
    /// - Returns: nil if one of the fields is malformed.
    public static func list(in headers: HeaderFields) -> [WebSocketExtension]? {
        var found: [WebSocketExtension] = []
        for value in headers.all(fieldName) {
            var parser = ExtensionParser(value)
            guard let extensions = parser.list() else { return nil }
            found += extensions
        }
        return found
    }
}
