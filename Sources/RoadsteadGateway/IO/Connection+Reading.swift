import Glibc
import RoadsteadLoop
import RoadsteadTLS

// The receiving half: the socket's bytes, decrypted, for the owner, in turns that are fair to the loop's other connections.
extension Connection {
    /// - Parameter hasStep: it has taken a step of the handshakes' budget already.
    func read(hasStep: Bool = false) {
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
            // What the gateway itself connects to is bounded by the pools, and must not stand in line behind a storm of clients.
            guard tls.isEstablished || tls.isClient || hasStep || mayShakeHands() else { return }
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

    /// Whether it is this connection's turn to go on with its handshake. If not, it has a place in the queue now, and `continueHandshake` comes.
    private func mayShakeHands() -> Bool {
        guard !awaitsHandshakeStep else { return false }
        awaitsHandshakeStep = !context.handshakes.admits(self)
        return !awaitsHandshakeStep
    }

    /// Its turn has come.
    func continueHandshake() {
        awaitsHandshakeStep = false
        guard !isClosed, !isReadingPaused else { return }
        read(hasStep: true)
    }

    /// The preface is taken out of the socket and not a byte more: the rest is the transport's, in its turn.
    private func readPreface() {
        let buffer = context.ciphertext
        var space = buffer.mutableBytes
        guard let count = received(Socket.peek(descriptor, into: &space)) else { return }
        let end = owner?.prefaceReceived(space.bytes.extracting(first: count))
        guard !isClosed else { return }
        if end ?? count > 0 {
            var taken = space._mutatingExtracting(first: end ?? count)
            _ = Socket.receive(descriptor, into: &taken)
        }
        guard end != nil else { return readAgainIfNeeded(count) }
        awaitsPreface = false
        readAgain()
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

    func readAgain() {
        guard let registration, !isReadingPaused else { return }
        context.loop.again(registration)
    }

    func handle(_ progress: TLSProgress, _ tls: TLSConnection) {
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
        guard unread.isEmpty else {
            // What waits can't be encrypted any more, and must not hold up the reading to this end.
            if case .tls = end { sendingEnded() }
            return heldEnd = end
        }
        owner?.connectionEnded(end)
    }

    // MARK: - Pausing

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
}
