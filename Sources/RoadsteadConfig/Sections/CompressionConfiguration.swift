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

extension CompressionConfiguration: ConfigurationSection {
    static let fields: [Field<CompressionConfiguration>] = [
        Field(
            "enabled", \.enabled, .boolean, "Whether compression is agreed to with clients that offer it, and offered to upstreams.",
            change: "Turn it off for data that is compressed already."),
        Field(
            "minimum", \.minimum, .size(0...(1 << 30)), "The smallest message that is compressed.",
            change: "Raise it to save processor time on small messages."),
        Field(
            "context_takeover", \.contextTakeover, .boolean,
            "Whether compressors may keep their windows from one message to the next; never towards clients under `on_slow_client: drop_oldest`.",
            change: "Turn it on for many similar small messages; it costs each session 50 KB at 12 `window_bits`, 308 KB at 15."),
        Field(
            "window_bits", \.windowBits, .integer(9...15), "The base-2 logarithm of the compressors' windows in bytes.",
            change: "Raise it for better compression, lower it for less memory."),
    ]
}
