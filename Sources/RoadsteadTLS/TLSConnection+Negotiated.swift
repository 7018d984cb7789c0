import COpenSSL

extension TLSConnection {
    /// What the handshake agreed on, asked of OpenSSL at each call: nothing of it is stored.
    public var negotiated: TLSNegotiated {
        TLSNegotiated(
            // SAFETY: static NUL-terminated strings, copied.
            version: unsafe String(cString: SSL_get_version(ssl)),
            // SAFETY: the same; NULL, before a handshake, reads as "(NONE)".
            cipher: unsafe String(cString: SSL_CIPHER_get_name(SSL_get_current_cipher(ssl))),
            // SAFETY: a string of the connection or NULL, copied.
            serverName: unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).flatMap { unsafe String(validatingCString: $0) },
            // SAFETY: reads a number of the connection.
            isResumed: unsafe SSL_session_reused(ssl) == 1,
            applicationProtocol: applicationProtocol)
    }

    /// For a client: what it can resume later, once the server's ticket has come (with TLS 1.3 that is after the handshake, in a later
    /// ``receive(_:into:)``); nil until then.
    public var session: TLSSession? {
        // SAFETY: a fresh reference, or NULL.
        guard let pointer = unsafe SSL_get1_session(ssl) else { return nil }
        let session = unsafe TLSSession(owning: pointer)  // SAFETY: a fresh reference.
        // SAFETY: reads a part of the session.
        return unsafe SSL_SESSION_is_resumable(pointer) == 1 ? session : nil
    }

    private var applicationProtocol: String? {
        var bytes: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        unsafe SSL_get0_alpn_selected(ssl, &bytes, &count)  // SAFETY: sets both to a string of the connection, or to nothing.
        // SAFETY: as many bytes as OpenSSL says, copied.
        return count == 0 ? nil : unsafe String(decoding: UnsafeBufferPointer(start: bytes, count: Int(count)), as: UTF8.self)
    }

    /// The subject of the peer's certificate in the form of RFC 2253, also when its session was resumed; nil if it showed none. Its
    /// characters are printable ASCII: everything else is escaped.
    public var peerSubject: String? {
        // SAFETY: a fresh reference, or NULL.
        guard let certificate = unsafe SSL_get1_peer_certificate(ssl) else { return nil }
        return unsafe Certificate(owning: certificate).subject  // SAFETY: the reference goes to the object.
    }
}
