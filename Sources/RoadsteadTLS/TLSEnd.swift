/// How the receiving half of a connection ended. An end of the transport's stream before either is a truncation (RFC 8446 section 6.1),
/// which only the owner of the descriptor can see.
public enum TLSEnd: Equatable, Sendable {
    /// The peer said that it will send no more; sending is still possible.
    case closeNotify
    /// The connection is of no more use. An alert for the peer, if one is due, is in the channel's outgoing bytes.
    case failed(TLSFailure)
}
