/// Whether and how messages to and from clients are compressed (permessage-deflate, RFC 7692).
public struct CompressionConfiguration: Sendable, Equatable {
    /// Whether compression is negotiated with clients that offer it.
    public var enabled = true
    /// The smallest message, in bytes, that is compressed.
    public var minimum = 256
    /// Whether the compressor's window is kept from one message to the next.
    public var contextTakeover = false
    /// The base-2 logarithm of the compressor's window.
    public var windowBits = 12

    /// The defaults.
    public init() {}
}
