@testable import RoadsteadTLS

/// One side of a connection with what it has received so far.
final class Peer {
    let connection: TLSConnection
    let channel: TLSChannel
    private(set) var received: [UInt8] = []
    private(set) var handshakes = 0
    private(set) var end: TLSEnd?
    private var buffer: [UInt8]

    init(_ context: TLSContext, channel: TLSChannel = TLSChannel(), serverName: String? = nil, resuming session: TLSSession? = nil) throws {
        self.channel = channel
        connection = try TLSConnection(context: context, channel: channel, serverName: serverName, resuming: session)
        buffer = [UInt8](repeating: 0xEE, count: TLSConnection.plaintextHeadroom + 1)
    }

    /// The failure it ended with, if it did.
    var failure: TLSFailure? {
        guard case .failed(let failure) = end else { return nil }
        return failure
    }

    func start() { note(connection.start()) }

    /// Feeds one piece.
    func receive(_ bytes: ArraySlice<UInt8>) {
        let needed = bytes.count + TLSConnection.plaintextHeadroom
        if buffer.count < needed { buffer = [UInt8](repeating: 0xEE, count: needed) }
        var span = buffer.mutableSpan
        // SAFETY: bytes of an array of bytes; every pattern is a valid value.
        var plaintext = unsafe span.mutableBytes
        // SAFETY: the same.
        note(unsafe connection.receive(bytes.span.bytes, into: &plaintext))
    }

    func receive(_ bytes: [UInt8]) { receive(bytes[...]) }

    func send(_ bytes: [UInt8]) -> TLSFailure? {
        // SAFETY: bytes of an array of bytes.
        unsafe connection.send(bytes.span.bytes)
    }

    /// Takes the ciphertext that it made.
    func takeOutgoing() -> [UInt8] {
        let channel = channel
        let outgoing = channel.outgoing
        // SAFETY: copied within the closure.
        let bytes = unsafe outgoing.withUnsafeBytes { unsafe Array($0) }
        channel.removeAll()
        return bytes
    }

    func clearReceived() { received = [] }

    private func note(_ progress: TLSProgress) {
        received += buffer[..<progress.plaintextCount]
        if progress.handshakeCompleted { handshakes += 1 }
        if end == nil { end = progress.end }
    }
}
