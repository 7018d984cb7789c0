import Glibc
import RoadsteadLoop
import RoadsteadTLS
import RoadsteadWire

/// One socket with its transport: reads, decrypts and hands over; queues, encrypts and sends. Loop-confined.
///
/// Output made during a wake-up collects in `output` and leaves in one TLS write and one `send` (`LoopContext.flushDirty`). What the
/// socket does not take stays: plaintext in `output`, and the ciphertext of at most one send in `wire`. An idle connection has neither.
final class Connection: EventHandler {
    let context: LoopContext
    let descriptor: Int32
    private(set) var registration: Registration?
    private(set) var owner: (any ConnectionOwner)?
    private(set) var isConnecting: Bool
    /// What of `queuedBytes` the loop's account knows.
    private var accountedBytes = 0
    /// `queuedBytes` at the last account.
    private var lastQueued = 0

    // Below is for the extensions in the files beside this one; others ask and tell by their methods.

    // Reading.
    var transport: Transport
    /// What came before reading was paused, and is to be handed over after.
    var unread = ByteQueue()
    /// An end that came with more than the owner could take in one turn.
    var heldEnd: ConnectionEnd?
    var isReadingPaused = false
    /// Something in clear comes first, even if TLS follows.
    var awaitsPreface = false
    /// It has its place in the loop's queue for handshakes.
    var awaitsHandshakeStep = false
    /// The peer says no more; what it said may still be read.
    var peerFinished = false
    /// The kernel said that the connection broke; what came before may still be read.
    private var isBroken = false

    // Writing.
    var output = ByteQueue()
    var wire = ByteQueue()
    /// It is among those that the loop flushes.
    var isDirty = false
    /// The socket takes nothing any more.
    var isSendingOver = false
    var shutsWhenDrained = false
    var isShut = false
    /// What could be had back if the connection were lost; `nil` if nothing is.
    var ledger: SentLedger?
    /// What may be dropped unsent; `nil` if nothing may.
    var outbound: OutboundLedger?
    /// Compresses messages on their way into `output`; `nil` where that was not agreed on.
    var compressor: MessageCompressor?

    /// Takes over the descriptor, which is closed with the connection.
    /// - Parameter isConnecting: a `connect` is in progress.
    init(descriptor: Int32, transport: Transport, context: LoopContext, owner: any ConnectionOwner, isConnecting: Bool) throws(LoopError) {
        self.context = context
        self.transport = transport
        self.descriptor = descriptor
        self.owner = owner
        self.isConnecting = isConnecting
        registration = try context.loop.register(descriptor, handler: self)
    }

    var isClosed: Bool { registration == nil }

    /// Bytes that wait for the socket or for the end of this wake-up.
    var queuedBytes: Int { output.count - (ledger?.passedCount ?? 0) + wire.count }

    /// Those of them that are not in TLS records yet.
    var unsealedBytes: Int { queuedBytes - wire.count }

    /// Bytes that are held for sending, those included that are written and might have to be sent again.
    var heldBytes: Int { output.count + wire.count }

    /// All of them if nothing were compressed, or more: what may have to be kept once the connection is lost.
    var uncompressedBacklog: Int { queuedBytes == 0 ? 0 : queuedBytes + (compressor?.saved ?? 0) }

    /// Bytes that were received and put back.
    var unreadBytes: Int { unread.count }

    // MARK: - Events

    func ready(_ readiness: Readiness) {
        if isConnecting {
            guard connectFinished(readiness) else { return }
        }
        if readiness.contains(.peerFinished) || readiness.contains(.failed) { peerFinished = true }
        if readiness.contains(.failed) { isBroken = true }
        if readiness.contains(.writable), !isSendingOver, !wire.isEmpty || !output.isEmpty { drain() }
        if !isReadingPaused, !isClosed, readiness != .writable { read() }
        // Told once: one that is paused only now would not hear of it again.
        if isReadingPaused, isBroken, !isClosed, owner?.readsToTheEnd == false {
            let error = Socket.connectError(descriptor)
            owner?.connectionEnded(.broken(error == 0 ? ECONNRESET : error))
        }
        context.flushDirty()
    }

    private func connectFinished(_ readiness: Readiness) -> Bool {
        guard readiness.contains(.writable) || readiness.contains(.failed) else { return false }
        let error = Socket.connectError(descriptor)
        guard error == 0 else {
            owner?.connectionEnded(.broken(error))
            return false
        }
        isConnecting = false
        begin()
        return !isClosed
    }

    /// The socket is connected: starts TLS, or says that it is established.
    func begin() {
        switch transport {
        case .plain: owner?.connectionEstablished()
        case .openssl(let tls): handle(tls.start(), tls)
        }
    }

    /// Counts what is held among all that is held on this loop. Returns by how much that which waits has changed.
    @discardableResult
    func accountQueued() -> Int {
        context.queuedBytesChanged(by: heldBytes - accountedBytes)
        accountedBytes = heldBytes
        let change = queuedBytes - lastQueued
        lastQueued = queuedBytes
        return change
    }

    // MARK: - Ending

    /// Releases everything now. The owner hears nothing more.
    func close() {
        guard let registration else { return }
        if case .openssl(let tls) = transport, tls.isEstablished, !isShut, wire.isEmpty, !peerFinished {
            tls.closeNotify()
            sendCiphertext()
        }
        self.registration = nil
        owner = nil
        context.queuedBytesChanged(by: -accountedBytes - unread.count)
        accountedBytes = 0
        output = ByteQueue()
        wire = ByteQueue()
        unread = ByteQueue()
        ledger = nil
        context.loop.close(registration)
    }

    /// Limits how long the kernel keeps sending into the void.
    func setUserTimeout(_ timeout: Duration) { Socket.setUserTimeout(descriptor, timeout) }
}
