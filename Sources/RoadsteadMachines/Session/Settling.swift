/// How long the other side of a relay is given to answer what came before one side broke the protocol, before that side is told so.
public struct Settling: Sendable, Equatable {
    /// Silence of this length means that everything is answered.
    public static let quiet: Duration = .milliseconds(200)
    /// Whoever goes on and on is not waited for.
    static let longest: Duration = .seconds(2)

    private let since: Instant

    /// The mistake was made now.
    init(at now: Instant) { since = now }

    /// When it is over.
    /// - Parameter lastActive: when the last message passed.
    func deadline(lastActive: Instant) -> Instant { min(max(since, lastActive) + Self.quiet, since + Self.longest) }

    /// Whether there is anything to wait for.
    /// - Parameters:
    ///   - isAddressed: whether the other side was sent a message at all.
    ///   - isAddressedNow: whether it was sent one just now, which `lastActive` does not know of yet.
    public static func isWorthwhile(isAddressed: Bool, isAddressedNow: Bool, lastActive: Instant, at now: Instant) -> Bool {
        isAddressed && (isAddressedNow || lastActive.duration(to: now) < quiet)
    }
}
