import Glibc
import RoadsteadLoop
import RoadsteadTLS
import RoadsteadWire

/// One end of a TCP or unix connection, with or without TLS, whose calls wait. While it waits to write it goes on reading, so that
/// two ends that write to each other do not both stand still; `readsWhileWriting` turns that off. Used by one thread at a time.
final class BlockingStream {
    /// How the other side ended the stream.
    enum End: Equatable {
        case endOfStream
        case closeNotify
        case reset(Int32)
        case tls(TLSFailure)
    }

    let descriptor: Int32
    private(set) var tls: TLSConnection?
    private let channel = TLSChannel()
    private let ciphertext = IOBuffer(capacity: 64 * 1024)
    private let plaintext = IOBuffer(capacity: 96 * 1024)
    private var inbox: [UInt8] = []
    private(set) var end: End?
    private var isClosed = false
    var readsWhileWriting = true

    /// Takes over a connected descriptor.
    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { close() }

    /// Connects, without TLS yet.
    static func connect(to address: SocketAddress) throws -> BlockingStream {
        switch Socket.connect(to: address) {
        case .connected(let descriptor): return BlockingStream(descriptor: descriptor)
        case .inProgress(let descriptor):
            let stream = BlockingStream(descriptor: descriptor)
            let isReady = Descriptor.wait(descriptor, reading: false, writing: true, for: Patience.limit)
            let error = Socket.connectError(descriptor)
            guard isReady, error == 0 else { throw TestFailure("cannot connect to \(address): errno \(error)") }
            return stream
        case .failed(let error): throw TestFailure("cannot connect to \(address): errno \(error)")
        }
    }

    /// Makes TLS with this context; as a server if the context is one.
    func secure(_ context: TLSContext, serverName: String?) throws {
        let tls = try TLSConnection(context: context, channel: channel, serverName: serverName)
        self.tls = tls
        _ = tls.start()
        try writeCiphertext()
        while !tls.isEstablished {
            if let end { throw TestFailure("the TLS handshake ended: \(end)") }
            try readMore()
        }
        try writeCiphertext()
    }

    // MARK: - Writing

    /// Sends bytes, through TLS if there is TLS.
    func write(_ bytes: [UInt8]) throws {
        guard let tls else { return try writeRaw(bytes) }
        for start in stride(from: 0, to: bytes.count, by: 64 * 1024) {
            let piece = Array(bytes[start..<min(bytes.count, start + 64 * 1024)])
            if let failure = withBytes(piece, { tls.send($0) }) { throw TestFailure("TLS cannot send: \(failure)") }
            try writeCiphertext()
        }
    }

    /// Sends bytes beneath TLS, as they are.
    func writeRaw(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            sent += try withBytes(bytes) { span throws(TestFailure) in try push(span.extracting(droppingFirst: sent)) }
        }
    }

    private func writeCiphertext() throws {
        let channel = channel
        while channel.outgoingCount > 0 { channel.discardOutgoing(try push(channel.outgoing)) }
    }

    private func push(_ span: RawSpan) throws(TestFailure) -> Int {
        switch Socket.send(descriptor, span) {
        case .sent(let count): return count
        case .failed(let error): throw TestFailure("cannot send: errno \(error)")
        case .wouldBlock:
            guard Descriptor.wait(descriptor, reading: readsWhileWriting, writing: true, for: Patience.limit) else {
                throw TestFailure("the peer took no byte within \(Patience.limit)")
            }
            if readsWhileWriting, end == nil { receive() }
            return 0
        }
    }

    // MARK: - Reading

    /// The bytes that are here, at least one unless the stream is over.
    func read() throws -> [UInt8] {
        while inbox.isEmpty, end == nil { try readMore() }
        let bytes = inbox
        inbox = []
        return bytes
    }

    /// Everything up to the end of the stream.
    func readToEnd() throws -> [UInt8] {
        while end == nil { try readMore() }
        let bytes = inbox
        inbox = []
        return bytes
    }

    /// Puts back bytes that belong to what comes next.
    func unread(_ bytes: [UInt8]) { inbox = bytes + inbox }

    private func readMore() throws {
        guard Descriptor.wait(descriptor, reading: true, writing: false, for: Patience.limit) else {
            throw TestFailure("no byte came within \(Patience.limit)")
        }
        receive()
    }

    private func receive() {
        let buffer = ciphertext
        var space = buffer.mutableBytes
        switch Socket.receive(descriptor, into: &space) {
        case .wouldBlock: break
        case .endOfStream: end = .endOfStream
        case .failed(let error): end = .reset(error)
        case .bytes(let count):
            let bytes = space.bytes.extracting(first: count)
            guard let tls else { return inbox += bytes.copied }
            decrypt(bytes, tls)
        }
    }

    private func decrypt(_ bytes: RawSpan, _ tls: TLSConnection) {
        let (buffer, channel) = (plaintext, channel)
        var space = buffer.mutableBytes
        let progress = tls.receive(bytes, into: &space)
        inbox += space.bytes.extracting(first: progress.plaintextCount).copied
        // Handshake flights and alerts are small: the kernel takes them whole.
        if channel.outgoingCount > 0, case .sent(let count) = Socket.send(descriptor, channel.outgoing) { channel.discardOutgoing(count) }
        switch progress.end {
        case nil: break
        case .closeNotify: end = .closeNotify
        case .failed(let failure): end = .tls(failure)
        }
    }

    // MARK: - Ending

    /// FIN without a close_notify.
    func halfClose() { Socket.shutdownWriting(descriptor) }

    /// close_notify, which ends the TLS stream, and FIN.
    func sayGoodbye() throws {
        tls?.closeNotify()
        try writeCiphertext()
        halfClose()
    }

    /// A reset.
    func reset() {
        Socket.setLinger0(descriptor)
        close()
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        Socket.close(descriptor)
    }
}
