import COpenSSL

/// An `SSL_CTX`, told everything while it is made and never changed afterwards.
@safe final class LibraryContext {
    /// Never NULL; owned.
    let pointer: OpaquePointer
    /// Held for as long as OpenSSL may ask for what is in it.
    private let staples = StapleShelf()

    /// Makes one with the ciphers, groups and modes that both roles share.
    init(isClient: Bool, minimumVersion: TLSVersion, ciphers: String) throws(TLSError) {
        // SAFETY: the list is a NUL-terminated copy for the length of the call; the result is a fresh reference, or NULL.
        guard let pointer = unsafe roadstead_context_create(isClient ? 1 : 0, minimumVersion.wireNumber, ciphers) else {
            let error = LibraryError.takeAsError("make a TLS context")
            throw ciphers.isEmpty ? error : .unusableCiphers(ciphers)
        }
        unsafe self.pointer = pointer  // SAFETY: a fresh reference, this object's from now on.
    }

    deinit {
        unsafe SSL_CTX_free(pointer)  // SAFETY: gives this object's reference back.
    }

    /// Offers nothing newer.
    func limit(to version: TLSVersion) {
        unsafe roadstead_context_limit(pointer, version.wireNumber)  // SAFETY: sets a number in the context.
    }

    /// Sets what only servers need. The keys must live as long as any connection of the context.
    func serve(ticketKeys: TicketKeys?, scope: ResumptionScope) throws(TLSError) {
        // SAFETY: the context keeps an unowned pointer to the keys, which TLSContext holds beside it; the scope's 32 bytes are copied.
        guard unsafe roadstead_context_serve(pointer, ticketKeys?.memory, scope.digest) == 1 else {
            throw LibraryError.takeAsError("set up session tickets")
        }
        // SAFETY: the shelf lives as long as this object, which TLSContext holds.
        unsafe roadstead_context_staple(pointer, staples.memory)
    }

    /// Adds a certificate with its chain, its key and its OCSP response; the files are named in errors.
    func use(_ identity: Identity) throws(TLSError) {
        let (chain, key) = (identity.chain, identity.key)
        let isUsed = withExtendedLifetime((chain, key)) {
            // SAFETY: the context takes references of its own.
            unsafe SSL_CTX_use_certificate(pointer, chain[0].pointer) == 1 && SSL_CTX_use_PrivateKey(pointer, key.pointer) == 1
        }
        guard isUsed else {
            throw LibraryError.takeAsError("use the certificate \(identity.files.certificate)")
        }
        for intermediate in chain.dropFirst() {
            // SAFETY: the context takes a reference of its own.
            guard withExtendedLifetime(intermediate, { unsafe roadstead_context_add_chain(pointer, intermediate.pointer) == 1 }) else {
                throw LibraryError.takeAsError("use the chain of \(identity.files.certificate)")
            }
        }
        if let response = identity.response { try staples.add(response, to: chain[0]) }
    }

    /// Trusts the authorities of a PEM file; an empty path means the system's.
    func trust(authority: String) throws(TLSError) {
        if !authority.isEmpty { _ = try Certificate.chain(path: authority) }
        // SAFETY: the path is a NUL-terminated copy for the length of the call.
        guard unsafe roadstead_context_trust(pointer, authority) == 1 else {
            throw LibraryError.takeAsError("load the authorities \(authority.isEmpty ? "of the system" : authority)")
        }
    }

    /// Trusts client certificates of this authority, and tells clients that they are welcome.
    func welcome(_ authority: Certificate) throws(TLSError) {
        // SAFETY: the context takes references of its own.
        guard withExtendedLifetime(authority, { unsafe roadstead_context_welcome(pointer, authority.pointer) == 1 }) else {
            throw LibraryError.takeAsError("trust the authority \(authority.subject ?? "of client certificates")")
        }
    }

    /// Sets whether the peer's certificate is checked and, on a server, asked for and insisted on.
    func verify(_ isOn: Bool, insists: Bool = false) {
        let mode = (isOn ? SSL_VERIFY_PEER : SSL_VERIFY_NONE) | (insists ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0)
        unsafe roadstead_context_verify(pointer, mode)  // SAFETY: sets a number in the context.
    }

    /// Sets what a client offers by ALPN.
    func offer(_ protocols: [String]) throws(TLSError) {
        var list: [UInt8] = []
        for name in protocols {
            guard let length = UInt8(exactly: name.utf8.count), length > 0 else { throw .unusableProtocol(name) }
            list.append(length)
            list += name.utf8
        }
        guard !list.isEmpty else { return }
        // SAFETY: the list is copied. Zero means success in this function alone.
        guard unsafe SSL_CTX_set_alpn_protos(pointer, list, UInt32(list.count)) == 0 else {
            throw LibraryError.takeAsError("offer application protocols")
        }
    }

    /// Lets the picker answer to server names. It must live as long as any connection of the context.
    func pick(with picker: CertificatePicker) {
        // SAFETY: an unowned pointer that the callback below turns back; TLSContext holds the picker beside this context.
        let argument = unsafe Unmanaged.passUnretained(picker).toOpaque()
        // SAFETY: OpenSSL calls it during a handshake of this context only, on the thread of that connection.
        unsafe roadstead_context_on_server_name(
            pointer,
            { ssl, _, argument in
                // SAFETY: the pointer set above.
                let picker = unsafe Unmanaged<CertificatePicker>.fromOpaque(argument!).takeUnretainedValue()
                // SAFETY: the text belongs to `ssl` and is copied at once; NULL if the client named nothing.
                guard let name = unsafe SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name),
                    let text = unsafe String(validatingCString: name),
                    let context = picker.context(for: text)
                else { return SSL_TLSEXT_ERR_OK }
                // SAFETY: the connection takes a reference of its own to the other context.
                unsafe SSL_set_SSL_CTX(ssl, context.pointer)
                return SSL_TLSEXT_ERR_OK
            }, argument)
    }
}
