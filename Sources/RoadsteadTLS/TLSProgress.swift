/// What one call into a connection brought.
public struct TLSProgress: Equatable, Sendable {
    /// Bytes of plaintext written to the front of the caller's buffer. They are valid even when `end` is set.
    public var plaintextCount: Int
    /// Whether the handshake became complete in this very call.
    public var handshakeCompleted: Bool
    /// Set when nothing more will ever be received.
    public var end: TLSEnd?

    /// Mostly for tests: connections make these.
    public init(plaintextCount: Int = 0, handshakeCompleted: Bool = false, end: TLSEnd? = nil) {
        self.plaintextCount = plaintextCount
        self.handshakeCompleted = handshakeCompleted
        self.end = end
    }
}
