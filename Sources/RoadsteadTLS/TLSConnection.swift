import COpenSSL

/// One side of a TLS connection as a transformation of bytes: ciphertext in, plaintext out, and the reverse. It knows no descriptor.
///
/// Confined to the loop of its channel. Holds one `SSL` object and, while no record is half received, no buffer.
@safe public final class TLSConnection {
    /// So many bytes more than the ciphertext must the plaintext buffer have: one record may be complete but for the bytes that just came.
    public static let plaintextHeadroom = 17 * 1024

    private enum State {
        /// Bytes of the handshake go back and forth. Can become: established, failed.
        case handshaking
        /// Data goes both ways. Can become: peerFinished, failed.
        case established
        /// The peer has sent close_notify; data goes out only. Can become: failed.
        case peerFinished
        /// Of no more use.
        case failed
    }

    /// Never NULL; owned.
    let ssl: OpaquePointer
    private let channel: TLSChannel
    /// Held because OpenSSL asks it for certificates and ticket keys.
    private let context: TLSContext
    private var state = State.handshaking
    /// What has come so far.
    private var arrivals: Arrivals

    /// Whether the peer sent a plain HTTP request by HEAD instead of a handshake.
    public var beganAsHEAD: Bool { arrivals.beginAsHEAD }

    /// Whether it is the client's side.
    public var isClient: Bool { context.isClient }

    /// Makes a connection of the context's role.
    ///
    /// - Parameter serverName: For clients: the DNS name or IP address that the server must prove to be; a DNS name is also sent by SNI.
    /// - Parameter session: For clients: what an earlier connection to the same server left, to resume it.
    public init(context: TLSContext, channel: TLSChannel, serverName: String? = nil, resuming session: TLSSession? = nil) throws(TLSError) {
        // SAFETY: a fresh object, which takes references of its own to the context and to the channel's BIO.
        guard let ssl = unsafe roadstead_connection_create(context.library.pointer, channel.memory, context.isClient ? 1 : 0) else {
            throw LibraryError.takeAsError("make a connection")
        }
        unsafe self.ssl = ssl  // SAFETY: see above; freed in `deinit`, also when this throws below.
        self.channel = channel
        self.context = context
        arrivals = Arrivals(helloLimit: context.helloLimit)
        guard context.isClient else { return }
        if let serverName {
            // SAFETY: the name is a NUL-terminated copy for the length of the call.
            let isUsable = unsafe roadstead_connection_expect(ssl, serverName, context.verifies ? 1 : 0) == 1
            guard isUsable, !serverName.utf8.contains(0) else { throw .unusableServerName(serverName) }
        }
        // SAFETY: the connection takes a reference of its own.
        if let session { withExtendedLifetime(session) { _ = unsafe SSL_set_session(ssl, session.pointer) } }
    }

    deinit {
        // SAFETY: the only reference; the channel and the context are released after it.
        unsafe roadstead_connection_destroy(ssl)
    }

    /// Whether the handshake is complete, so that data may be sent.
    public var isEstablished: Bool {
        switch state {
        case .established, .peerFinished: true
        case .handshaking, .failed: false
        }
    }

    /// Client: appends the ClientHello to the channel's outgoing bytes. Server: does nothing.
    public func start() -> TLSProgress {
        guard context.isClient, state == .handshaking else { return TLSProgress() }
        var progress = TLSProgress()
        shakeHands(&progress)
        return progress
    }

    /// Consumes all of `ciphertext`, in any pieces: continues the handshake, or decrypts into the front of `plaintext`. What must be sent
    /// (handshake, tickets, alerts) is appended to the channel's outgoing bytes, also when the result says that the connection failed.
    ///
    /// - Parameter plaintext: Has at least ``plaintextHeadroom`` bytes more than `ciphertext`.
    public func receive(_ ciphertext: RawSpan, into plaintext: inout MutableRawSpan) -> TLSProgress {
        precondition(
            plaintext.byteCount >= ciphertext.byteCount + Self.plaintextHeadroom,
            "the plaintext buffer must be at least TLSConnection.plaintextHeadroom larger than the ciphertext")
        var progress = TLSProgress()
        arrivals.note(ciphertext)
        if arrivals.hello.hasFound, state == .handshaking {
            state = .failed
            channel.sendIllegalParameter()
            progress.end = .failed(.helloTooLong)
            return progress
        }
        let allowed = arrivals.messagesAllowed
        // SAFETY: both buffers are used inside the closures only; OpenSSL reads and writes within their bounds.
        unsafe ciphertext.withUnsafeBytes { input in
            unsafe channel.open(input, allowing: allowed)  // SAFETY: closed again before `input` ends.
            // SAFETY: as above.
            unsafe plaintext.withUnsafeMutableBytes { output in unsafe advance(&progress, output) }
            channel.close()
        }
        arrivals.messages += UInt64(channel.messages)
        if arrivals.hello.isOn, channel.hasServerHello { arrivals.hello.stop() }
        if channel.messages > allowed, progress.end == nil {
            state = .failed
            progress.end = .failed(.tooManyMessages)
        }
        return progress
    }

    /// Encrypts all of `plaintext` into the channel's outgoing bytes, in records of up to 16 KiB. Not to be called before the handshake is
    /// complete; afterwards a connection that failed or has sent close_notify answers with a failure.
    public func send(_ plaintext: RawSpan) -> TLSFailure? {
        switch state {
        case .handshaking: preconditionFailure("data is sent before the TLS handshake is complete")
        case .failed: return .alreadyFailed
        case .established, .peerFinished: break
        }
        guard plaintext.byteCount > 0 else { return nil }
        // SAFETY: OpenSSL reads the bytes during the call only.
        let status = unsafe plaintext.withUnsafeBytes { bytes in
            unsafe roadstead_connection_write(ssl, bytes.baseAddress, bytes.count)
        }
        return status == SSL_ERROR_NONE ? nil : fail(status)
    }

    /// Appends close_notify to the channel's outgoing bytes, once; nothing can be sent afterwards. Without an established connection there
    /// is nothing to close and nothing is appended.
    public func closeNotify() {
        guard isEstablished else { return }
        unsafe roadstead_connection_close(ssl)  // SAFETY: `ssl` is valid as long as this object.
    }

    /// Continues the handshake and then decrypts for as long as there is ciphertext.
    private func advance(_ progress: inout TLSProgress, _ output: UnsafeMutableRawBufferPointer) {
        switch state {
        case .handshaking:
            shakeHands(&progress)
            if progress.handshakeCompleted { unsafe decrypt(&progress, output) }  // SAFETY: the caller's buffer.
        case .established:
            unsafe decrypt(&progress, output)  // SAFETY: the caller's buffer.
        case .peerFinished:
            // RFC 8446 section 6.1: what comes after close_notify is ignored.
            progress.end = .closeNotify
        case .failed:
            progress.end = .failed(.alreadyFailed)
        }
    }

    private func shakeHands(_ progress: inout TLSProgress) {
        let status = unsafe roadstead_connection_handshake(ssl)  // SAFETY: `ssl` is valid as long as this object.
        if status == SSL_ERROR_NONE {
            state = .established
            progress.handshakeCompleted = true
        } else if status != SSL_ERROR_WANT_READ {
            progress.end = .failed(fail(status))
        }
    }

    private func decrypt(_ progress: inout TLSProgress, _ output: UnsafeMutableRawBufferPointer) {
        // The first read is made even when nothing is left: it is what releases the handshake's record buffer. After that, a read that
        // empties the window leaves nothing behind, and one more would only allocate a record buffer and free it again.
        repeat {
            var count = 0
            // SAFETY: writes at most what is left of the buffer.
            let status = unsafe roadstead_connection_read(
                ssl, output.baseAddress! + progress.plaintextCount, output.count - progress.plaintextCount, &count)
            switch status {
            case SSL_ERROR_NONE:
                progress.plaintextCount += count
            case SSL_ERROR_WANT_READ:
                unsafe roadstead_connection_rest(ssl)  // SAFETY: `ssl` is valid as long as this object.
                return
            case SSL_ERROR_ZERO_RETURN:
                state = .peerFinished
                progress.end = .closeNotify
                return
            default:
                progress.end = .failed(fail(status))
                return
            }
        } while channel.hasIncoming
    }

    /// Says what the last call failed of; the connection is of no use any more.
    private func fail(_ status: Int32) -> TLSFailure {
        state = .failed
        // SAFETY: reads a number of the connection.
        let verification = unsafe SSL_get_verify_result(ssl)
        guard let error = LibraryError.take() else {
            return TLSFailure(reason: "OpenSSL gave up with status \(status)", isPeerAlert: false, cause: .other)
        }
        guard error.isTLS, error.code == SSL_R_CERTIFICATE_VERIFY_FAILED else {
            let isHTTP = error.isTLS && error.code == SSL_R_WRONG_VERSION_NUMBER && arrivals.beginAsHTTP
            return TLSFailure(reason: error.reason, isPeerAlert: error.peerAlert != nil, cause: isHTTP ? .httpRequest : error.cause)
        }
        // SAFETY: a static NUL-terminated string, copied.
        let detail = unsafe String(cString: X509_verify_cert_error_string(verification))
        return TLSFailure(reason: error.reason, isPeerAlert: false, cause: .verifyFailed(detail))
    }
}
