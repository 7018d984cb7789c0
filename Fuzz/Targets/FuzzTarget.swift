/// What the fuzzer tries on arbitrary bytes. A target traps when something is wrong, and does nothing else.
public enum FuzzTarget: String, CaseIterable, Sendable {
    /// Heads of requests, whole and in pieces.
    case requestHead = "request-head"
    /// Heads of responses, whole and in pieces.
    case responseHead = "response-head"
    /// Frames in both roles, whole and in pieces: framing, sequence, sizes, UTF-8.
    case frames
    /// Compressed messages, whole and in pieces, and there and back.
    case deflate
    /// Connections whose messages are compressed, whole and in pieces: limits, turns, UTF-8.
    case compressedMessages = "compressed-messages"
    /// PROXY headers, whole and in pieces.
    case proxyHeader = "proxy-header"
    /// `Sec-WebSocket-Extensions`.
    case extensions
    /// Configuration files.
    case configuration
    /// The life of a session, driven by random events.
    case session

    /// Runs it once.
    public func run(_ bytes: [UInt8]) {
        switch self {
        case .requestHead: HeadTarget.request(bytes)
        case .responseHead: HeadTarget.response(bytes)
        case .frames: FramesTarget.run(bytes)
        case .deflate: DeflateTarget.run(bytes)
        case .compressedMessages: CompressedMessagesTarget.run(bytes)
        case .proxyHeader: ProxyHeaderTarget.run(bytes)
        case .extensions: ExtensionsTarget.run(bytes)
        case .configuration: ConfigurationTarget.run(bytes)
        case .session: SessionTarget.run(bytes)
        }
    }
}
