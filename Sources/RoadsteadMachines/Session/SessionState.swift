/// Where a session is in its life.
public enum SessionState: String, Sendable, CaseIterable {
    /// TLS is being negotiated.
    case handshaking
    /// The request head is awaited.
    case upgrading
    /// An upstream connection is being made.
    case attaching
    /// Messages flow.
    case open
    /// The upstream is lost; the client is kept while another one is sought.
    case detached
    /// A close or a refusal is under way.
    case closing
    /// Over; only the record remains.
    case closed
}
