import RoadsteadTLS

/// How a connection's stream ended.
enum ConnectionEnd {
    /// The peer said so: FIN or close_notify.
    case endOfStream
    /// The kernel said so, with this errno.
    case broken(Int32)
    /// TLS said so.
    case tls(TLSFailure)

    /// Words for records and logs.
    var words: String {
        switch self {
        case .endOfStream: "end of stream"
        case .broken(let error): SystemError.words(error)
        case .tls(let failure): failure.reason
        }
    }
}

/// Who a connection reports to. Every call comes on the loop's thread, and may close the connection.
protocol ConnectionOwner: AnyObject {
    /// TCP (a client's side: and TLS) is ready: bytes may be sent.
    func connectionEstablished()
    /// Bytes came ahead of everything else, since `Connection.awaitsPreface` was set. Returns how many of them were the preface's last;
    /// `nil` if more are to come, or the connection was closed.
    func prefaceReceived(_ bytes: RawSpan) -> Int?
    /// Plaintext came. The owner may change it in place; it is gone after the call.
    func connectionReceived(_ bytes: inout MutableRawSpan)
    /// The socket took less than all, or (`drains`) some of what had waited: `connection.queuedBytes` says what is left.
    func connectionBacklogChanged(drains: Bool)
    /// Whether what the peer said before its end is still wanted, however long reading is paused.
    var readsToTheEnd: Bool { get }
    /// No more will come.
    func connectionEnded(_ end: ConnectionEnd)
}

extension ConnectionOwner {
    func prefaceReceived(_ bytes: RawSpan) -> Int? { 0 }
}
