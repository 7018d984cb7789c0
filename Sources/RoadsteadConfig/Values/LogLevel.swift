/// How severe a log line must be to be written.
public enum LogLevel: String, Sendable, Equatable, CaseIterable {
    /// Every step, for debugging the gateway itself.
    case trace
    /// Single failures of peers, such as a failed handshake.
    case debug
    /// State changes that an operator wants to see later.
    case info
    /// State changes that an operator wants to see now.
    case notice
    /// Something is not as it should be, and is coped with.
    case warning
    /// Something failed.
    case error
    /// The gateway cannot go on.
    case critical
}
