import RoadsteadLoop
import RoadsteadTLS

/// One connection that a command makes: a socket, with TLS or without, and the bytes that wait for it.
///
/// Nothing waits but `shakeHands` and `arrival`; who drives several descriptors polls and calls `flush` and `receive`.
final class ClientConnection {
    /// What `receive` brought.
    enum Arrival: Equatable {
        /// Bytes, at least one.
        case bytes([UInt8])
        /// Nothing yet.
        case nothing
        /// The connection is over, for the reason in words.
        case ended(String)
    }

    /// The address that answered.
    let remote: SocketAddress
    /// The socket.
    let descriptor: Int32
    /// What TLS agreed on; nil without TLS.
    var negotiated: TLSNegotiated? { tls?.negotiated }

    private let tls: TLSConnection?
    private let channel: TLSChannel
    private let input = IOBuffer(capacity: 64 << 10)
    private let decrypted = IOBuffer(capacity: (64 << 10) + TLSConnection.plaintextHeadroom)
    /// Bytes for the socket, from `outgoingStart` on.
    private var outgoing: [UInt8] = []
    private var outgoingStart = 0
    /// Plaintext that came in one piece with the end of the handshake.
    private var early: [UInt8] = []
    /// Why nothing more comes.
    private var end: String?
    /// The same, if TLS is the reason.
    private var failure: TLSFailure?

    /// Takes over a connected socket. With a context, `shakeHands` comes next.
    init(descriptor: Int32, remote: SocketAddress, context: TLSContext?, serverName: String) throws(TLSError) {
        self.descriptor = descriptor
        self.remote = remote
        channel = TLSChannel()
        tls = if let context { try TLSConnection(context: context, channel: channel, serverName: serverName) } else { nil }
    }

    deinit { Socket.close(descriptor) }

    /// Bytes that the socket has not taken yet.
    var outgoingCount: Int { outgoing.count - outgoingStart }

    /// Makes the TLS handshake; nothing to do without TLS.
    func shakeHands(by deadline: ContinuousClock.Instant) throws(CommandError) {
        guard let tls else { return }
        _ = tls.start()
        takeCiphertext()
        while !tls.isEstablished {
            switch receive() {
            case .bytes(let bytes): early += bytes
            case .ended(let reason): throw handshakeError(reason)
            case .nothing:
                guard wait(until: deadline) else {
                    throw .unreachable(address: remote.description, reason: "no answer to the TLS handshake in time")
                }
            }
        }
    }

    /// Queues bytes, encrypted if there is TLS, and sends what the socket takes.
    func send(_ bytes: [UInt8]) {
        if let tls {
            if let failure = tls.send(bytes.rawBytes) { end = end ?? "\(failure)" }
            takeCiphertext()
        } else {
            outgoing += bytes
        }
        flush()
    }

    /// Sends what the socket takes.
    func flush() {
        while outgoingCount > 0 {
            let bytes = outgoing
            switch Socket.send(descriptor, bytes.rawBytes.extracting(droppingFirst: outgoingStart)) {
            case .sent(let count): outgoingStart += count
            case .wouldBlock: return
            case .failed:
                // What the server said before it went may still be read; receiving then finds the end and its reason.
                outgoingStart = outgoing.count
            }
        }
        outgoing.removeAll(keepingCapacity: true)
        outgoingStart = 0
    }

    /// Takes what has come, without waiting.
    func receive() -> Arrival {
        if !early.isEmpty {
            defer { early = [] }
            return .bytes(early)
        }
        if let end { return .ended(end) }
        // Spans borrow from a local name of their buffer, not from a property.
        let input = input
        var space = input.mutableBytes
        switch Socket.receive(descriptor, into: &space) {
        case .bytes(let count): return take(count)
        case .wouldBlock: return .nothing
        case .endOfStream: end = "the server closed the connection"
        case .failed(let code): end = ErrorNumber.words(for: code)
        }
        return .ended(end ?? "")
    }

    /// Waits for something to come, sending meanwhile; nil when the time is over.
    func arrival(by deadline: ContinuousClock.Instant) -> Arrival? {
        while true {
            let arrival = receive()
            guard arrival == .nothing else { return arrival }
            guard wait(until: deadline) else { return nil }
        }
    }

    /// Says that nothing more will be sent.
    func finish() {
        tls?.closeNotify()
        takeCiphertext()
        flush()
    }

    /// Waits until the socket can be read, or written if that is needed; false when the time is over.
    private func wait(until deadline: ContinuousClock.Instant) -> Bool {
        flush()
        guard ContinuousClock.now < deadline else { return false }
        let entry = PollEntry(descriptor: descriptor, wantsReading: true, wantsWriting: outgoingCount > 0)
        let found = Poll.wait(for: [entry], until: deadline)[0]
        return found.isReadable || found.isWritable
    }

    private func take(_ count: Int) -> Arrival {
        let (input, decrypted) = (input, decrypted)
        let bytes = input.bytes.extracting(first: count)
        guard let tls else { return .bytes([UInt8](bytes)) }
        var space = decrypted.mutableBytes
        let progress = tls.receive(bytes, into: &space)
        takeCiphertext()
        flush()
        switch progress.end {
        case nil: break
        case .closeNotify: end = "the server closed the connection"
        case .failed(let failure):
            end = "\(failure)"
            self.failure = failure
        }
        if progress.plaintextCount > 0 { return .bytes([UInt8](decrypted.bytes.extracting(first: progress.plaintextCount))) }
        return end.map { .ended($0) } ?? .nothing
    }

    private func takeCiphertext() {
        let channel = channel
        guard channel.outgoingCount > 0 else { return }
        outgoing += [UInt8](channel.outgoing)
        channel.removeAll()
    }

    private func handshakeError(_ reason: String) -> CommandError {
        guard let failure else {
            return .answer(
                address: remote.description,
                reason: "\(reason) in the TLS handshake; does it speak TLS there? If not, connect with ws://")
        }
        return .handshake(address: remote.description, failure)
    }
}
