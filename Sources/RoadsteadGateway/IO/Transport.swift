import RoadsteadTLS

/// What lies between a socket and the WebSocket bytes. Closed on purpose: a third kind is a third case, and every switch will say so.
enum Transport {
    /// Nothing.
    case plain
    /// An OpenSSL connection.
    case openssl(TLSConnection)

    /// Whether bytes may be sent and received.
    var isEstablished: Bool {
        switch self {
        case .plain: true
        case .openssl(let tls): tls.isEstablished
        }
    }

    /// The subject of the certificate that the peer has shown and that was verified; `nil` if it showed none.
    var peerSubject: String? {
        switch self {
        case .plain: nil
        case .openssl(let tls): tls.peerSubject
        }
    }
}
