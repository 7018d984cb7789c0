/// What came of a reload.
public enum ReloadOutcome: Sendable, Equatable {
    /// The configuration was taken. `pendingRestart` names the sections whose changes wait for a restart.
    case taken(generation: Int, pendingRestart: [String])
    /// The configuration is wrong; everything stays as it was.
    case refused(ReloadRefusal)
    /// This is no moment for a reload; the words say why.
    case unavailable(String)
}
