import COpenSSL

/// What all TLS connections of one event loop share: the window of ciphertext that just arrived, and the buffer of ciphertext to send.
///
/// A connection's calls append to ``outgoing``; the driver sends those bytes on that connection's descriptor, and takes them out, before
/// it turns to another connection. Confined to its loop, like every connection made on it.
@safe public final class TLSChannel {
    /// The capacity the buffer of outgoing ciphertext has at rest, in bytes.
    public static let baseCapacity = 64 * 1024

    /// A buffer larger than this is given back as soon as it is drained, a smaller one after some quiet.
    static let spikeCapacity = 16 * baseCapacity

    /// So many drains in a row that needed no more than the base end a spike: one wake-up in between must not cost a `malloc`.
    private static let quietDrainsToShrink = 16

    /// Never NULL; owned, freed in `deinit`.
    let memory: UnsafeMutablePointer<roadstead_channel>
    private var quietDrains = 0

    /// Makes an empty channel. Out of memory ends the process, as it does for every Swift allocation.
    public init() {
        // SAFETY: returns fresh memory that this object owns until `deinit`.
        guard let memory = unsafe roadstead_channel_create(Self.baseCapacity) else {
            preconditionFailure("no memory for a TLS channel")
        }
        unsafe self.memory = memory  // SAFETY: see above.
    }

    deinit {
        // SAFETY: every connection holds its channel, so none is left that could use the memory.
        unsafe roadstead_channel_destroy(memory)
    }

    /// Ciphertext made and not yet taken. Not to be held across a call into a connection or a discard.
    public var outgoing: RawSpan {
        @_lifetime(borrow self)
        get {
            // SAFETY: the bytes from start to end are initialised and stay in place until the next call that changes this object.
            let start = unsafe UnsafeRawPointer(memory.pointee.outgoing + memory.pointee.outgoing_start)
            let span = unsafe RawSpan(_unsafeStart: start, byteCount: outgoingCount)  // SAFETY: the same bytes.
            return unsafe _overrideLifetime(span, borrowing: self)  // SAFETY: the memory lives as long as this object.
        }
    }

    /// Bytes of ciphertext made and not yet taken.
    public var outgoingCount: Int {
        // SAFETY: `memory` is valid as long as this object.
        unsafe memory.pointee.outgoing_end - memory.pointee.outgoing_start
    }

    /// Bytes that the buffer can hold without growing.
    public var capacity: Int {
        unsafe memory.pointee.outgoing_capacity  // SAFETY: `memory` is valid as long as this object.
    }

    /// Takes the first `count` bytes out, because they were sent or copied elsewhere.
    public func discardOutgoing(_ count: Int) {
        precondition(count >= 0 && count <= outgoingCount, "more ciphertext is discarded than there is")
        // SAFETY: stays within the bytes in use, by the line above.
        unsafe memory.pointee.outgoing_start += count
        if outgoingCount == 0 { drained() }
    }

    /// Takes everything out.
    public func removeAll() {
        discardOutgoing(outgoingCount)
    }

    /// Lets the next call into OpenSSL read these bytes, which must stay in place until ``close()``, as far as there are not more handshake
    /// messages in them than this.
    // SAFETY: unsafe to call: what it is lent must stay in place.
    @unsafe func open(_ ciphertext: UnsafeRawBufferPointer, allowing messages: UInt32) {
        unsafe memory.pointee.messages_allowed = messages  // SAFETY: `memory` is valid as long as this object.
        unsafe memory.pointee.messages = 0  // SAFETY: the same.
        unsafe memory.pointee.has_server_hello = 0  // SAFETY: the same.
        // SAFETY: the caller keeps the bytes in place until it closes the window.
        unsafe memory.pointee.incoming = ciphertext.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe memory.pointee.incoming_count = ciphertext.count  // SAFETY: the same.
    }

    /// Forgets the bytes that were opened, read or not.
    func close() {
        unsafe memory.pointee.incoming = nil  // SAFETY: `memory` is valid as long as this object.
        unsafe memory.pointee.incoming_count = 0  // SAFETY: the same.
    }

    /// Handshake messages of the peer in the bytes that were opened last, as far as they have been read.
    var messages: UInt32 {
        unsafe memory.pointee.messages  // SAFETY: `memory` is valid as long as this object.
    }

    /// Whether a ServerHello was the answer to the bytes that were opened last, and not one that asks for another ClientHello.
    var hasServerHello: Bool {
        unsafe memory.pointee.has_server_hello != 0  // SAFETY: `memory` is valid as long as this object.
    }

    /// Appends the alert that OpenSSL answers too long a message with, in clear.
    func sendIllegalParameter() {
        unsafe roadstead_channel_refuse(memory)  // SAFETY: `memory` is valid as long as this object.
    }

    /// Whether opened bytes are left.
    var hasIncoming: Bool {
        unsafe memory.pointee.incoming_count > 0  // SAFETY: `memory` is valid as long as this object.
    }

    private func drained() {
        // SAFETY: `memory` is valid as long as this object.
        let peak = unsafe memory.pointee.outgoing_end
        unsafe memory.pointee.outgoing_start = 0  // SAFETY: an empty range at the front.
        unsafe memory.pointee.outgoing_end = 0  // SAFETY: the same.
        guard capacity > Self.baseCapacity else { return }
        quietDrains = peak <= Self.baseCapacity ? quietDrains + 1 : 0
        if capacity > Self.spikeCapacity || quietDrains >= Self.quietDrainsToShrink {
            quietDrains = 0
            // SAFETY: the buffer is empty, so nothing refers to the memory that is given back.
            unsafe roadstead_channel_shrink(memory, Self.baseCapacity)
        }
    }
}
