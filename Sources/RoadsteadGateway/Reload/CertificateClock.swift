/// When certificates are looked at: the time, and the wait from one look to the next.
public struct CertificateClock: Sendable {
    /// Seconds since 1970.
    public let now: @Sendable () -> Int64
    /// Returns when the next look is due; throws when there will be none.
    public let rest: @Sendable () async throws -> Void

    /// A clock made of these functions; tests have their own.
    public init(now: @escaping @Sendable () -> Int64, rest: @escaping @Sendable () async throws -> Void) {
        self.now = now
        self.rest = rest
    }

    /// The system's clock, and one look a day.
    public static let daily = CertificateClock(now: { WallTime.now / 1_000_000_000 }, rest: { try await Task.sleep(for: .seconds(86_400)) })
}
