/// Decides when a client closes whose input has ended: not before the answers that may still be on their way have come.
///
/// Servers do not say which message answers which. So the client waits until nothing has come for a while; and by default, when as many
/// messages have come as lines were sent, only for a moment more.
struct ConversationEnd {
    /// How long nothing must come, by default.
    static let usualQuiet = Duration.seconds(1)
    /// How long nothing must come once each line has its answer: a server may have sent something unasked before.
    static let answeredQuiet = Duration.milliseconds(100)

    /// Nil by default.
    private let quiet: Duration?
    private var sentCount = 0
    private var receivedCount = 0
    private var lastEvent: ContinuousClock.Instant
    private var hasEnded = false

    /// - Parameters:
    ///   - quiet: how long nothing must come, whatever was answered; nil is the default described above.
    ///   - now: when the conversation began.
    init(quiet: Duration?, now: ContinuousClock.Instant) {
        self.quiet = quiet
        lastEvent = now
    }

    /// A line, or a ping, was sent.
    mutating func sent(at now: ContinuousClock.Instant) {
        sentCount += 1
        lastEvent = now
    }

    /// The last of what was sent has left: only now can its answer be waited for.
    mutating func flushed(at now: ContinuousClock.Instant) {
        lastEvent = now
    }

    /// A message, or a pong, came.
    mutating func received(at now: ContinuousClock.Instant) {
        receivedCount += 1
        lastEvent = now
    }

    /// There will be no more lines.
    mutating func inputEnded(at now: ContinuousClock.Instant) {
        hasEnded = true
        lastEvent = now
    }

    /// When to close, if nothing comes until then; nil while there may be more lines.
    var deadline: ContinuousClock.Instant? {
        guard hasEnded else { return nil }
        let isAnswered = sentCount > 0 && receivedCount >= sentCount
        return lastEvent + (quiet ?? (isAnswered ? Self.answeredQuiet : Self.usualQuiet))
    }
}
