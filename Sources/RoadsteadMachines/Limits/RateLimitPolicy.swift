/// How much one client may send.
public struct RateLimitPolicy: Sendable, Equatable {
    /// Messages a second; `nil` = any number.
    public var messagesPerSecond: Int?
    /// Bytes a second; `nil` = any number.
    public var bytesPerSecond: Int?
    /// Whether a client over its rate is closed, and not only read more slowly.
    public var closes: Bool
    /// The largest message that it may send: how far one message may overdraw the bytes.
    public var largestMessage: Int

    /// All of them.
    public init(messagesPerSecond: Int?, bytesPerSecond: Int?, closes: Bool, largestMessage: Int) {
        self.messagesPerSecond = messagesPerSecond
        self.bytesPerSecond = bytesPerSecond
        self.closes = closes
        self.largestMessage = largestMessage
    }

    /// Whether there is anything to watch.
    public var limits: Bool { messagesPerSecond != nil || bytesPerSecond != nil }
}
