/// How long a backend is still heard whose session has another one: until it has nothing more to say.
struct UpstreamLeave: Sendable {
    /// Silence of this length means that.
    static let quiet: Duration = .milliseconds(200)
    /// A backend that goes on talking is left nevertheless, and one that falls silent within a message.
    static let longest: Duration = .seconds(5)
    /// What it still says while our close frame travels is heard for so long; then its answer is not waited for.
    static let answer: Duration = .milliseconds(500)

    /// When it began; time in which the backend was not read does not count.
    private var since: Instant
    private var lastReceived: Instant
    /// The client has to take what it was sent first, so that silence says nothing.
    private var isUnread: Bool
    private var notBefore: Instant

    init(at now: Instant, isUnread: Bool) {
        (since, lastReceived, notBefore) = (now, now, now)
        self.isUnread = isUnread
    }

    mutating func bytesReceived(at now: Instant) { lastReceived = now }

    mutating func readingPaused() { isUnread = true }

    mutating func readingResumed(at now: Instant) {
        guard isUnread else { return }
        (since, lastReceived) = (now - since.duration(to: lastReceived), now)
        isUnread = false
    }

    /// When to look whether it is over.
    var deadline: Instant { isUnread ? .never : max(notBefore, min(since + Self.longest, lastReceived + Self.quiet)) }

    /// It is time. Returns whether it is over.
    /// - Parameter isMidMessage: the beginning of a message has come and its end has not.
    mutating func isOver(at now: Instant, isMidMessage: Bool) -> Bool {
        guard isMidMessage, now < lastReceived + Self.longest else { return true }
        notBefore = now + Self.quiet
        return false
    }
}
