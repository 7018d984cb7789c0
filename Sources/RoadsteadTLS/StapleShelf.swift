import COpenSSL

/// The OCSP responses of one server context, where OpenSSL finds them. Filled while the context is made and never changed afterwards.
@safe final class StapleShelf {
    /// Never NULL; owned.
    let memory: UnsafeMutablePointer<roadstead_staples>

    /// Makes an empty one. Out of memory ends the process, as it does for every Swift allocation.
    init() {
        // SAFETY: returns fresh memory that this object owns until `deinit`.
        guard let memory = unsafe roadstead_staples_create() else { preconditionFailure("no memory for OCSP responses") }
        unsafe self.memory = memory  // SAFETY: see above.
    }

    deinit {
        // SAFETY: connections hold their context and the context holds this object, so nobody reads it any more.
        unsafe roadstead_staples_destroy(memory)
    }

    /// Puts a response to its certificate.
    func add(_ response: OCSPResponse, to certificate: Certificate) throws(TLSError) {
        let isAdded = withExtendedLifetime(certificate) {
            // SAFETY: the bytes are copied, and a reference of its own to the certificate is taken.
            unsafe roadstead_staples_add(memory, certificate.pointer, response.bytes, response.bytes.count, response.facts) == 1
        }
        guard isAdded else {
            throw LibraryError.takeAsError("staple \(response.path)")
        }
    }
}
