/// What the two ends of a WebSocket agreed on about permessage-deflate (RFC 7692 section 7.1).
public struct DeflateAgreement: Sendable, Equatable {
    /// The extension's name.
    public static let name = DeflateFields.name

    let fields: DeflateFields

    /// The server compresses each message by itself.
    public var serverNoContextTakeover: Bool { fields.serverNoContextTakeover }
    /// The client compresses each message by itself.
    public var clientNoContextTakeover: Bool { fields.clientNoContextTakeover }
    /// The base-2 logarithm of the server's largest window, 8 to 15.
    public var serverWindowBits: Int { fields.serverWindowBits ?? 15 }
    /// The base-2 logarithm of the client's largest window, 8 to 15.
    public var clientWindowBits: Int { fields.clientWindowBits ?? 15 }

    /// The element of `Sec-WebSocket-Extensions` with which a server says so.
    public var text: String { fields.text }
}
