import COpenSSL

/// What a client keeps of a connection to resume it later, with fewer bytes and no certificates. Confined to its loop.
@safe public final class TLSSession {
    /// Never NULL; owned.
    let pointer: OpaquePointer

    /// Takes over the caller's reference.
    init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer  // SAFETY: the caller's reference becomes this object's.
    }

    deinit {
        unsafe SSL_SESSION_free(pointer)  // SAFETY: gives this object's reference back.
    }
}
