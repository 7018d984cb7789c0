import RoadsteadLoop
import RoadsteadTLS
import RoadsteadWire

// The sending half: frames are queued, and leave encrypted at the end of the wake-up that made them.
extension Connection {
    /// Ciphertext that may wait: what one turn of output comes to, and as much again for TLS's own records.
    static let longestWire = 4 * LoopContext.outputSize

    // MARK: - Queueing

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
        markDirty()
    }

    private func markDirty() {
        guard !isDirty else { return }
        isDirty = true
        context.markDirty(self)
    }

    /// Nothing more can be sent; what waits is let go at the end of this wake-up, or had back by who may have it.
    func sendingEnded() {
        isSendingOver = true
        outbound = nil
        markDirty()
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
                    // What it made before that is nobody else's.
                    context.channel.removeAll()
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
    func sendCiphertext() {
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
    func drain() {
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
        } else if output.capacity > LoopContext.outputSize, output.count < output.capacity / 4 {
            // With room to grow again, so that a queue that stays about as long is not copied each time.
            var fitting = ByteQueue(capacity: 2 * output.count)
            fitting.append(output.bytes)
            swap(&fitting, &output)
        }
        if queuedBytes == 0 { compressor?.queueEmptied() }
        let change = accountQueued()
        if change != 0 { owner?.connectionBacklogChanged(drains: change < 0) }
        if shutsWhenDrained, queuedBytes == 0 { shut() }
    }

    // MARK: - Shutting

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
}
