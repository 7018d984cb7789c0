import COpenSSL

/// A private key; immutable once made.
@safe final class PrivateKey {
    /// Never NULL; owned.
    let pointer: OpaquePointer

    private init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer  // SAFETY: the caller's reference becomes this object's.
    }

    deinit {
        unsafe EVP_PKEY_free(pointer)  // SAFETY: gives this object's only reference back.
    }

    /// Reads a PEM file; one with a passphrase is refused rather than asked about.
    convenience init(path: String) throws(TLSError) {
        let bytes = try DiskFile.read(path)
        // SAFETY: the BIO reads the array's bytes in place and does not outlive the closure.
        let key = unsafe bytes.withUnsafeBytes { bytes in
            unsafe roadstead_key_from_pem(bytes.baseAddress, bytes.count)
        }
        guard let key = unsafe key else { throw .notAKey(path: path) }  // SAFETY: only compared with NULL.
        unsafe self.init(owning: key)  // SAFETY: a fresh reference.
    }

    /// A new ECDSA key on P-256.
    static func generate() throws(TLSError) -> PrivateKey {
        // SAFETY: returns a fresh reference, or NULL.
        guard let key = unsafe roadstead_key_generate_p256() else { throw LibraryError.takeAsError("make an ECDSA key") }
        return unsafe PrivateKey(owning: key)  // SAFETY: a fresh reference.
    }

    /// A new RSA key of 2048 bits.
    static func generateRSA() throws(TLSError) -> PrivateKey {
        // SAFETY: returns a fresh reference, or NULL.
        guard let key = unsafe roadstead_key_generate_rsa() else { throw LibraryError.takeAsError("make an RSA key") }
        return unsafe PrivateKey(owning: key)  // SAFETY: a fresh reference.
    }

    /// The key in PEM, PKCS #8, without a passphrase.
    func pem() throws(TLSError) -> [UInt8] {
        // SAFETY: `pointer` is valid as long as this object.
        guard let text = withExtendedLifetime(self, { unsafe MemoryText(owning: roadstead_key_text(pointer)) }) else {
            throw LibraryError.takeAsError("write a private key")
        }
        return text.bytes
    }
}
