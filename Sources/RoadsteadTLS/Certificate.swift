import COpenSSL

/// An X.509 certificate; immutable once made.
///
/// A pointer keeps nothing alive, and the compiler may free an object after the last use of it that it sees, which is the reading of the
/// pointer: so whatever looks at `pointer` extends the life of the object beyond the look.
@safe final class Certificate {
    /// Never NULL; owned.
    let pointer: OpaquePointer

    /// Takes over the caller's reference.
    init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer  // SAFETY: the caller's reference becomes this object's.
    }

    deinit {
        unsafe X509_free(pointer)  // SAFETY: gives this object's only reference back.
    }

    /// All certificates of a PEM file in their order; at least one.
    static func chain(path: String) throws(TLSError) -> [Certificate] {
        let bytes = try DiskFile.read(path)
        var chain: [Certificate] = []
        // SAFETY: the BIO reads the array's bytes in place and is freed before the closure ends.
        let isWhole = unsafe bytes.withUnsafeBytes { bytes in
            // SAFETY: as above.
            guard let bio = unsafe BIO_new_mem_buf(bytes.baseAddress, Int32(bytes.count)) else { return false }
            defer { unsafe BIO_free(bio) }  // SAFETY: the only reference.
            // SAFETY: each call returns a fresh reference, or NULL at the end or at a damaged entry.
            while let certificate = unsafe PEM_read_bio_X509(bio, nil, roadstead_no_passphrase, nil) {
                chain.append(unsafe Certificate(owning: certificate))  // SAFETY: a fresh reference.
            }
            // "No start line" is how the end of the file is told.
            return roadstead_pem_ended() == 1
        }
        guard isWhole, !chain.isEmpty else { throw .notACertificate(path: path) }
        return chain
    }

    /// The DNS names and, in text form, the addresses of the subject's alternative names; the common name if there are none.
    var names: [String] {
        let names = dnsNames + addresses
        return names.isEmpty ? commonName.map { [$0] } ?? [] : names
    }

    /// The DNS names of the subject's alternative names.
    var dnsNames: [String] {
        alternativeNames(kind: GEN_DNS).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The addresses of the subject's alternative names.
    var addresses: [String] {
        alternativeNames(kind: GEN_IPADD).map { bytes in
            bytes.count == 4
                ? bytes.map { String($0) }.joined(separator: ".")
                : stride(from: 0, to: bytes.count - 1, by: 2)
                    .map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
        }
    }

    /// The last common name of the subject.
    var commonName: String? {
        var text = [CChar](repeating: 0, count: 256)
        let count = withExtendedLifetime(self) {
            // SAFETY: writes at most as many bytes as the array has, NUL included.
            unsafe X509_NAME_get_text_by_NID(X509_get_subject_name(pointer), NID_commonName, &text, Int32(text.count))
        }
        return count < 0 ? nil : String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The subject in the form of RFC 2253.
    var subject: String? {
        // SAFETY: `pointer` is valid as long as this object.
        let text = withExtendedLifetime(self) { unsafe MemoryText(owning: roadstead_subject_text(pointer)) }
        return text.map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    /// When it begins to be valid, in seconds since 1970.
    var notBefore: Int64 {
        // SAFETY: reads a part of the certificate.
        withExtendedLifetime(self) { unsafe roadstead_time(X509_get0_notBefore(pointer)) }
    }

    /// When it ceases to be valid, in seconds since 1970.
    var notAfter: Int64 {
        // SAFETY: reads a part of the certificate.
        withExtendedLifetime(self) { unsafe roadstead_time(X509_get0_notAfter(pointer)) }
    }

    /// Whether it may issue others.
    var isAuthority: Bool {
        // SAFETY: reads the certificate and caches what it says, under OpenSSL's lock.
        withExtendedLifetime(self) { unsafe roadstead_is_authority(pointer) == 1 }
    }

    /// OpenSSL's number for the kind of its key, so that one server can hold one certificate of each kind.
    var keyKind: Int32 {
        // SAFETY: reads a part of the certificate.
        withExtendedLifetime(self) { unsafe EVP_PKEY_get_base_id(X509_get0_pubkey(pointer)) }
    }

    /// Whether the key is this certificate's own.
    func fits(_ key: PrivateKey) -> Bool {
        // SAFETY: only reads both.
        let result = withExtendedLifetime((self, key)) { unsafe X509_check_private_key(pointer, key.pointer) }
        _ = LibraryError.take()
        return result == 1
    }

    /// Whether the issuer named and signed it.
    func isIssued(by issuer: Certificate) -> Bool {
        let isIssued = withExtendedLifetime((self, issuer)) {
            // SAFETY: only reads both.
            unsafe X509_check_issued(issuer.pointer, pointer) == X509_V_OK
                && X509_verify(pointer, X509_get0_pubkey(issuer.pointer)) == 1
        }
        _ = LibraryError.take()
        return isIssued
    }

    /// The certificate in PEM.
    func pem() throws(TLSError) -> [UInt8] {
        // SAFETY: `pointer` is valid as long as this object.
        guard let text = withExtendedLifetime(self, { unsafe MemoryText(owning: roadstead_certificate_text(pointer)) }) else {
            throw LibraryError.takeAsError("write a certificate")
        }
        return text.bytes
    }

    private func alternativeNames(kind wanted: Int32) -> [[UInt8]] {
        // SAFETY: a fresh list, or NULL if there is none, freed below.
        let list = unsafe withExtendedLifetime(self) { unsafe roadstead_alternative_names(pointer) }
        defer { unsafe roadstead_alternative_names_free(list) }  // SAFETY: the only reference; NULL is fine.
        var found: [[UInt8]] = []
        var kind: Int32 = 0
        var count: Int32 = 0
        var index: Int32 = 0
        // SAFETY: gives a pointer into `list` and its length, or NULL past the last entry.
        while let bytes = unsafe roadstead_alternative_name(list, index, &kind, &count) {
            // SAFETY: as many bytes as the name has, copied while the list lives.
            if kind == wanted { unsafe found.append(Array(UnsafeBufferPointer(start: bytes, count: Int(count)))) }
            index += 1
        }
        return found
    }
}
