/// A piece of a data message, in the buffer that was given to `MessageReceiver.next`, unmasked.
public struct MessageChunk: Sendable, Equatable {
    /// Text or binary: the same for all chunks of a message.
    public var kind: MessageKind
    /// Where the bytes are in the buffer. May be empty in a message's only or last chunk.
    public var payload: Range<Int>
    /// Whether the message begins here.
    public var isFirst: Bool
    /// Whether the message ends here.
    public var isLast: Bool
    /// The masking key that the frame came with, first byte lowest; 0 if it had none. May serve again to mask on the
    /// other side of a relay: the peer chose it, and it is as unpredictable to scripts there as here.
    public var maskingKey: UInt32

    /// Whether its message came compressed. What the receiver finds is then still so, and says nothing of UTF-8.
    public var isCompressed = false

    /// A chunk with these properties.
    @inlinable
    public init(kind: MessageKind, payload: Range<Int>, isFirst: Bool, isLast: Bool, maskingKey: UInt32) {
        self.kind = kind
        self.payload = payload
        self.isFirst = isFirst
        self.isLast = isLast
        self.maskingKey = maskingKey
    }
}
