/// How a session ended. No session ends without one.
public struct CloseRecord: Sendable, Equatable {
    /// Who ended it.
    public var closedBy: ClosedBy
    /// Why.
    public var cause: CloseCause
    /// The WebSocket close code (RFC 6455 section 7.4), 1005 for a close frame without a code, 1006 for no close frame; `nil` before the upgrade.
    public var code: UInt16?
    /// The close frame's reason, or a sentence of ours.
    public var reason: String
    /// The state the session was in.
    public var stage: SessionState

    /// A record with all its parts.
    public init(closedBy: ClosedBy, cause: CloseCause, code: UInt16?, reason: String, stage: SessionState) {
        self.closedBy = closedBy
        self.cause = cause
        self.code = code
        self.reason = reason
        self.stage = stage
    }
}
