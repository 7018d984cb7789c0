import COpenSSL

/// Text that OpenSSL wrote by itself, copied out of its memory.
struct MemoryText {
    /// What was written.
    let bytes: [UInt8]

    /// Takes a memory BIO over and frees it; nil for nil.
    // SAFETY: unsafe to call: the reference must be the caller's to give.
    @unsafe init?(owning bio: OpaquePointer?) {
        // SAFETY: the caller's only reference, freed below.
        guard let bio = unsafe bio else { return nil }
        defer { unsafe BIO_free(bio) }  // SAFETY: the only reference.
        var start: UnsafePointer<CChar>?
        // SAFETY: sets `start` to the BIO's own bytes, which are copied before it is freed.
        let count = unsafe roadstead_memory_bytes(bio, &start)
        // SAFETY: as many bytes as OpenSSL says it has there.
        bytes = unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
