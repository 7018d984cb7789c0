import COpenSSL

/// One entry of OpenSSL's error queue, which all connections of a thread share.
struct LibraryError: Equatable {
    /// OpenSSL's words, e.g. `no shared cipher`.
    let reason: String
    /// Whether the TLS part raised it, rather than e.g. the cryptography below it.
    let isTLS: Bool
    /// The number of the reason; 1000 + n for an alert n of the peer.
    let code: Int32

    /// Takes what the last call left and empties the queue; nil if there was nothing.
    static func take() -> LibraryError? {
        let error = roadstead_take_error()
        guard error != 0 else { return nil }
        // SAFETY: the text is a static string of OpenSSL, or NULL.
        let text = unsafe ERR_reason_error_string(error)
        // SAFETY: a NUL-terminated static string, copied here.
        let reason = unsafe text.map { unsafe String(cString: $0) }
        return LibraryError(
            reason: reason ?? "error \(error)", isTLS: roadstead_error_library(error) == ERR_LIB_SSL, code: roadstead_error_reason(error))
    }

    /// Makes a ``TLSError`` of it.
    static func takeAsError(_ what: String) -> TLSError {
        .library(what: what, reason: take()?.reason ?? "out of memory")
    }

    /// The alert of the peer that this reports (RFC 8446 section 6), if it does.
    var peerAlert: Int32? {
        guard isTLS, code >= SSL_AD_REASON_OFFSET, code <= SSL_AD_REASON_OFFSET + 255 else { return nil }
        return code - SSL_AD_REASON_OFFSET
    }

    /// The kind of failure, when it is not one of verification.
    var cause: TLSFailure.Cause {
        guard isTLS else { return .other }
        if let alert = peerAlert { return Self.cause(ofAlert: alert) }
        switch code {
        case SSL_R_NO_SHARED_CIPHER, SSL_R_NO_SUITABLE_KEY_SHARE, SSL_R_NO_SUITABLE_GROUPS, SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM,
            SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, SSL_R_NO_CIPHERS_AVAILABLE:
            return .noSharedCipher
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_VERSION_TOO_LOW, SSL_R_VERSION_TOO_HIGH, SSL_R_NO_PROTOCOLS_AVAILABLE,
            SSL_R_WRONG_SSL_VERSION:
            return .unsupportedVersion
        case SSL_R_NO_APPLICATION_PROTOCOL: return .noApplicationProtocol
        case SSL_R_HTTP_REQUEST, SSL_R_HTTPS_PROXY_REQUEST: return .httpRequest
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE: return .certificateRequired
        default: return .protocolError
        }
    }

    /// Alert numbers of RFC 8446 section 6.
    private static func cause(ofAlert alert: Int32) -> TLSFailure.Cause {
        switch alert {
        case SSL_AD_INSUFFICIENT_SECURITY: .noSharedCipher
        case SSL_AD_HANDSHAKE_FAILURE: .handshakeRefused
        case SSL_AD_PROTOCOL_VERSION, SSL_AD_INAPPROPRIATE_FALLBACK: .unsupportedVersion
        case SSL_AD_NO_APPLICATION_PROTOCOL: .noApplicationProtocol
        case SSL_AD_CERTIFICATE_REQUIRED: .certificateRequired
        case SSL_AD_BAD_CERTIFICATE...SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_UNKNOWN_CA, SSL_AD_ACCESS_DENIED: .certificateRejected
        case SSL_AD_INTERNAL_ERROR, SSL_AD_USER_CANCELLED: .other
        default: .protocolError
        }
    }
}
