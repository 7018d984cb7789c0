import COpenSSL

/// The keys of a server's session tickets, shared by all loops under a lock of their own.
@safe final class TicketKeys {
    /// A ticket is good for two hours (OpenSSL's default), so a key that has issued for one period is needed for just one more.
    static let periodInSeconds: Int64 = 2 * 60 * 60

    /// Never NULL; owned.
    let memory: UnsafeMutablePointer<roadstead_ticket_keys>

    /// Makes the first key.
    init() throws(TLSError) {
        // SAFETY: returns fresh memory that this object owns until `deinit`.
        guard let memory = unsafe roadstead_ticket_keys_create(Self.periodInSeconds) else {
            throw LibraryError.takeAsError("make session ticket keys")
        }
        unsafe self.memory = memory  // SAFETY: see above.
    }

    deinit {
        // SAFETY: connections hold their context and the context holds this object, so nobody uses the keys any more.
        unsafe roadstead_ticket_keys_destroy(memory)
    }

    /// Makes a new key now; the one before it still decrypts.
    func rotate() {
        unsafe roadstead_ticket_keys_rotate(memory)  // SAFETY: takes the lock inside.
    }
}
