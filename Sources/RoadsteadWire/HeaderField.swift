/// One header field of an HTTP message.
public struct HeaderField: Sendable, Equatable {
    /// The name as it was received; compared without regard to case (RFC 9110 section 5.1).
    public var name: String
    /// The value without the white space around it.
    public var value: String

    /// A field. Nothing is checked: what comes from a peer was checked by the parser.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}
