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
    private(set) var transport: Transport
    private let descriptor: Int32
    private(set) var registration: Registration?
    private var owner: (any ConnectionOwner)?
    var output = ByteQueue()
    private var wire = ByteQueue()
    /// What came before reading was paused, and is to be handed over after.
    private var unread = ByteQueue()
    private var accountedBytes = 0
    private var isDirty = false
    private(set) var isConnecting: Bool
    private var isReadingPaused = false
    /// Something in clear comes first, even if TLS follows.
    var awaitsPreface = false
    /// It has its place in the loop's queue for handshakes.
    private var awaitsHandshakeStep = false
    private var peerFinished = false
    /// The kernel said that the connection broke; what came before may still be read.
    private var isBroken = false
    private var shutsWhenDrained = false
    private var isShut = false
    /// The socket takes nothing any more.
    var isSendingOver = false
    /// What could be had back if the connection were lost; `nil` if nothing is.
    var ledger: SentLedger?
    /// What may be dropped unsent; `nil` if nothing may.
    var outbound: OutboundLedger?
    /// Compresses messages on their way into `output`; `nil` where that was not agreed on.
    var compressor: MessageCompressor?
    /// An end that came with more than the owner could take in one turn.
    private var heldEnd: ConnectionEnd?

    /// Ciphertext that may wait: what one turn of output comes to, and as much again for TLS's own records.
    private static let longestWire = 4 * LoopContext.outputSize

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

    /// The same if nothing were compressed, or more: what may have to be kept once the connection is lost.
    var uncompressedBacklog: Int { queuedBytes == 0 ? 0 : queuedBytes + (compressor?.saved ?? 0) }
    /// Those of them that are not in TLS records yet.
    var unsealedBytes: Int { queuedBytes - wire.count }

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

    /// - Parameter hasStep: it has taken a step of the handshakes' budget already.
    private func read(hasStep: Bool = false) {
        guard unread.isEmpty else { return readUnread() }
        guard !awaitsPreface else { return readPreface() }
        switch transport {
        case .plain:
            let buffer = context.plaintext
            var space = buffer.mutableBytes
            var window = space._mutatingExtracting(first: LoopContext.receiveSize)
            guard let count = received(Socket.receive(descriptor, into: &window)) else { return }
            var bytes = window._mutatingExtracting(first: count)
            owner?.connectionReceived(&bytes)
            readAgainIfNeeded(count)
        case .openssl(let tls):
            guard tls.isEstablished || hasStep || mayShakeHands() else { return }
            let buffer = context.ciphertext
            var space = buffer.mutableBytes
            guard let count = received(Socket.receive(descriptor, into: &space)) else { return }
            decrypt(space.bytes.extracting(first: count), tls)
            readAgainIfNeeded(count)
        }
    }

    private func decrypt(_ ciphertext: RawSpan, _ tls: TLSConnection) {
        let buffer = context.plaintext
        var plaintext = buffer.mutableBytes
        let progress = tls.receive(ciphertext, into: &plaintext)
        handle(progress, tls)
    }

    /// Whether it is this connection's turn to go on with its handshake. If not, it has a place in the queue now.
    private func mayShakeHands() -> Bool {
        guard !awaitsHandshakeStep else { return false }
        awaitsHandshakeStep = !context.handshakes.admits(self)
        // Wakes the loop as long as there is a queue.
        if awaitsHandshakeStep { readAgain() }
        return !awaitsHandshakeStep
    }

    /// Its turn has come.
    func continueHandshake() {
        awaitsHandshakeStep = false
        guard !isClosed, !isReadingPaused else { return }
        read(hasStep: true)
    }

    /// The preface, and what came with it: that is the transport's already.
    private func readPreface() {
        let buffer = context.ciphertext
        var space = buffer.mutableBytes
        guard let count = received(Socket.receive(descriptor, into: &space)) else { return }
        guard let consumed = owner?.prefaceReceived(space.bytes.extracting(first: count)), !isClosed else {
            return readAgainIfNeeded(count)
        }
        awaitsPreface = false
        if consumed < count {
            switch transport {
            case .plain:
                var bytes = space._mutatingExtracting(consumed..<count)
                owner?.connectionReceived(&bytes)
            case .openssl(let tls):
                decrypt(space.bytes.extracting(consumed..<count), tls)
            }
        }
        readAgainIfNeeded(count)
    }

    /// TLS has failed before it was established; from now on bytes come and go in clear.
    func abandonTLS() { transport = .plain }

    private func readUnread() {
        var kept = ByteQueue()
        swap(&kept, &unread)
        context.queuedBytesChanged(by: -kept.count)
        var bytes = kept.mutableBytes
        owner?.connectionReceived(&bytes)
        guard unread.isEmpty, let end = heldEnd else { return readAgain() }
        heldEnd = nil
        owner?.connectionEnded(end)
    }

    /// Bytes received, or `nil` if there were none; an end is reported.
    private func received(_ outcome: ReceiveOutcome) -> Int? {
        switch outcome {
        case .bytes(let count): return count
        case .wouldBlock: return nil
        case .endOfStream:
            owner?.connectionEnded(.endOfStream)
            return nil
        case .failed(let error):
            owner?.connectionEnded(.broken(error))
            return nil
        }
    }

    /// A short read emptied the socket; a full one, or a finished peer whose end is still unread, gets another turn after the others.
    private func readAgainIfNeeded(_ count: Int) {
        if count == LoopContext.receiveSize || peerFinished { readAgain() }
    }

    private func readAgain() {
        guard let registration, !isReadingPaused else { return }
        context.loop.again(registration)
    }

    private func handle(_ progress: TLSProgress, _ tls: TLSConnection) {
        if context.channel.outgoingCount > 0 {
            sendCiphertext()
            // A peer that makes TLS answer (KeyUpdate) and does not read is cut off: what TLS itself has to say is never this long.
            guard wire.count <= Self.longestWire else {
                owner?.connectionEnded(.broken(ENOBUFS))
                return
            }
        }
        if progress.handshakeCompleted { owner?.connectionEstablished() }
        if progress.plaintextCount > 0, !isClosed {
            let buffer = context.plaintext
            var space = buffer.mutableBytes
            var bytes = space._mutatingExtracting(first: progress.plaintextCount)
            owner?.connectionReceived(&bytes)
        }
        guard !isClosed, let cause = progress.end else { return }
        let end: ConnectionEnd
        switch cause {
        case .closeNotify: end = .endOfStream
        case .failed(let failure): end = .tls(failure)
        }
        guard unread.isEmpty else { return heldEnd = end }
        owner?.connectionEnded(end)
    }

    // MARK: - Output

    /// Queues bytes.
    func send(_ bytes: RawSpan) {
        prepareOutput()
        output.append(bytes)
    }

    /// Queues the bytes of a head or a response.
    func send(_ bytes: [UInt8]) {
        prepareOutput()
        output.append(bytes)
    }

    /// Queues one WebSocket frame, or what it is compressed to.
    func send(_ header: FrameHeader, payload: RawSpan) {
        if let compressor { return compressor.send(header, payload: payload, to: self) }
        queue(header, payload: payload)
    }

    /// Queues one WebSocket frame as it is.
    func queue(_ header: FrameHeader, payload: RawSpan) {
        prepareOutput()
        output.append(header, payload: payload)
        noteQueued(header)
    }

    /// Queues a small frame of our own making.
    func send(_ header: FrameHeader, payload: [UInt8]) {
        prepareOutput()
        output.append(header, payload: payload)
        noteQueued(header)
    }

    private func noteQueued(_ header: FrameHeader) {
        if let ledger {
            ledger.appended(header)
        } else {
            outbound?.appended(isControl: header.opcode.isControl, isFinal: header.isFinal)
        }
    }

    /// Queues frames that another connection did not send.
    func send(frames: RawSpan) {
        var position = 0
        while let frame = FrameWalk.frame(at: position, in: frames) {
            ledger?.appended(isControl: frame.isControl, isFinal: frame.isFinal)
            position = frame.range.upperBound
        }
        send(frames)
    }

    private func prepareOutput() {
        if output.capacity == 0 { output = context.takeBuffer() }
        guard !isDirty else { return }
        isDirty = true
        context.markDirty(self)
    }

    /// Sends what this wake-up made.
    func flush() {
        isDirty = false
        guard !isClosed, !isConnecting else { return }
        if wire.isEmpty, transport.isEstablished { sendOutput() }
        // What can't be sent any more must not count as a backlog: that would stop the reading, and the end would never be read.
        if isSendingOver, ledger == nil { output.removeAll() }
        settle()
    }

    private func sendOutput() {
        switch transport {
        case .plain:
            while !isSendingOver, output.count > ledger?.passedCount ?? 0 {
                let passed = ledger?.passedCount ?? 0
                guard let sent = sent(Socket.send(descriptor, output.bytes.extracting(droppingFirst: passed))) else { return }
                if let ledger { output.removeFirst(ledger.written(sent, of: output.bytes)) } else { removeWritten(sent) }
            }
        case .openssl(let tls):
            while !isSendingOver, output.count > ledger?.passedCount ?? 0, wire.isEmpty, !isClosed {
                if let failure = seal(tls) {
                    owner?.connectionEnded(.tls(failure))
                    return
                }
                sendCiphertext()
            }
        }
    }

    /// Encrypts one turn's output. With a ledger it is encrypted record by record and stays until those are written.
    private func seal(_ tls: TLSConnection) -> TLSFailure? {
        guard let ledger else {
            let count = min(output.count, LoopContext.outputSize)
            if let failure = tls.send(output.bytes.extracting(first: count)) { return failure }
            removeWritten(count)
            return nil
        }
        let end = min(output.count, ledger.passedCount + LoopContext.outputSize)
        while ledger.passedCount < end {
            let record = ledger.passedCount..<min(end, ledger.passedCount + SentLedger.recordSize)
            if let failure = tls.send(output.bytes.extracting(record)) { return failure }
            ledger.sealed(record.count, end: context.channel.outgoingCount)
        }
        return nil
    }

    private func removeWritten(_ count: Int) {
        outbound?.written(count, of: output.bytes)
        output.removeFirst(count)
    }

    /// Sends what OpenSSL made; the rest waits in `wire`.
    private func sendCiphertext() {
        let channel = context.channel
        var taken = 0
        while wire.isEmpty, !isSendingOver, taken < channel.outgoingCount {
            guard let sent = sent(Socket.send(descriptor, channel.outgoing.extracting(droppingFirst: taken))) else { break }
            taken += sent
        }
        if !isClosed, !isSendingOver { wire.append(channel.outgoing.extracting(droppingFirst: taken)) }
        channel.discardOutgoing(channel.outgoingCount)
        if let ledger, !isClosed { output.removeFirst(ledger.ciphertextWritten(taken, of: output.bytes)) }
    }

    /// Bytes the socket took, or `nil` if it takes none now. After a failed send the reading side learns of the end, behind what the
    /// peer still said; if it is paused, the end is reported at once.
    private func sent(_ outcome: SendOutcome) -> Int? {
        switch outcome {
        case .sent(let count): return count
        case .wouldBlock: return nil
        case .failed(let error):
            peerFinished = true
            isSendingOver = true
            if ledger == nil { output.removeAll() }
            outbound = nil
            wire.removeAll()
            if !isReadingPaused {
                readAgain()
            } else if owner?.readsToTheEnd == false {
                owner?.connectionEnded(.broken(error))
            }
            return nil
        }
    }

    /// The socket has room again.
    private func drain() {
        while !wire.isEmpty {
            guard let sent = sent(Socket.send(descriptor, wire.bytes)) else { return settle() }
            wire.removeFirst(sent)
            if let ledger { output.removeFirst(ledger.ciphertextWritten(sent, of: output.bytes)) }
        }
        wire = ByteQueue()
        sendOutput()
        settle()
    }

    /// After sending: keeps no more memory than what waits, counts it, and shuts down if that was asked.
    private func settle() {
        if output.isEmpty {
            if output.capacity > 0 {
                var drained = ByteQueue()
                swap(&drained, &output)
                context.giveBack(drained)
            }
        } else if output.capacity == LoopContext.outputSize, output.count < LoopContext.outputSize / 2 {
            var fitting = ByteQueue(capacity: output.count)
            fitting.append(output.bytes)
            swap(&fitting, &output)
            context.giveBack(fitting)
        }
        if queuedBytes == 0 { compressor?.queueEmptied() }
        if accountedBytes != queuedBytes {
            let drains = queuedBytes < accountedBytes
            accountQueued()
            owner?.connectionBacklogChanged(drains: drains)
        }
        if shutsWhenDrained, queuedBytes == 0 { shut() }
    }

    /// Counts what waits among all that waits on this loop.
    func accountQueued() {
        context.queuedBytesChanged(by: queuedBytes - accountedBytes)
        accountedBytes = queuedBytes
    }

    // MARK: - Reading and ending

    /// Stops reading: the kernel's window closes and the peer waits.
    func pauseReading() { isReadingPaused = true }

    /// Keeps what the owner was handed and does not want before reading is resumed.
    func putBack(_ bytes: RawSpan) {
        precondition(isReadingPaused && unread.isEmpty, "Bytes are put back once, after reading was paused.")
        unread.append(bytes)
        context.queuedBytesChanged(by: bytes.byteCount)
    }

    /// Keeps what the owner was handed and takes in a later turn, when the loop's other connections have had theirs.
    func putOff(_ bytes: RawSpan) {
        precondition(unread.isEmpty, "Bytes are put off once a turn.")
        guard !isClosed else { return }
        unread.append(bytes)
        context.queuedBytesChanged(by: bytes.byteCount)
        readAgain()
    }

    /// Reads again, from the next turn on.
    func resumeReading() {
        guard isReadingPaused else { return }
        isReadingPaused = false
        readAgain()
    }

    /// Says close_notify and FIN after everything queued; reading goes on.
    func shutWhenDrained() {
        shutsWhenDrained = true
        if isReadingPaused { resumeReading() }
        if queuedBytes == 0 { shut() }
    }

    private func shut() {
        guard !isShut, !isClosed else { return }
        isShut = true
        if case .openssl(let tls) = transport, tls.isEstablished {
            tls.closeNotify()
            sendCiphertext()
            guard wire.isEmpty else {
                isShut = false
                return
            }
        }
        Socket.shutdownWriting(descriptor)
    }

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
        context.loop.close(registration)
    }

    /// Limits how long the kernel keeps sending into the void.
    func setUserTimeout(_ timeout: Duration) { Socket.setUserTimeout(descriptor, timeout) }
}
