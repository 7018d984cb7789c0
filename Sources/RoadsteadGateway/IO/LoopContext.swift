import RoadsteadLoop
import RoadsteadTLS

/// What the connections of one event loop share: the loop, the memory for one readable event, and pooled output buffers.
final class LoopContext {
    /// Bytes of one `recv`: several TLS records, and still inside the second-level cache.
    static let receiveSize = 64 * 1024
    /// Bytes a pooled output buffer has.
    static let outputSize = 64 * 1024

    let loop: EventLoop
    /// What one `recv` brought from a TLS connection.
    let ciphertext = IOBuffer(capacity: LoopContext.receiveSize)
    /// What it decrypts to, a record that was begun earlier included; or what one `recv` brought from a plain one.
    let plaintext = IOBuffer(capacity: LoopContext.receiveSize + 32 * 1024)
    /// The memory between OpenSSL and the socket.
    let channel = TLSChannel()
    /// Contexts and memory for compressed messages.
    let compression = CompressionPool()
    /// Random numbers for ping payloads, phases and masks: unpredictable to peers, no system call each.
    var random = LoopRandom()
    /// Bytes queued on all connections of this loop.
    private(set) var queuedBytes = 0
    /// What waits in all loops together; `nil` without a limit.
    let memory: MemoryWatch?
    /// Descriptors that nothing new takes.
    let reserve: DescriptorReserve
    /// How much of `queuedBytes` it knows.
    private var publishedBytes = 0
    /// A change of this many bytes is told at once.
    private static let publishedStep = 256 * 1024
    /// Whose turn it is to go on with a TLS handshake.
    var handshakes: HandshakeQueue<Connection>
    private var spare: [BufferBox] = []
    private var dirty: [Connection] = []

    init(loop: EventLoop, handshakesPerWakeUp: Int, memory: MemoryWatch? = nil, reserve: DescriptorReserve = .none) {
        self.loop = loop
        self.memory = memory
        self.reserve = reserve
        handshakes = HandshakeQueue(stepsPerWakeUp: handshakesPerWakeUp)
    }

    /// An empty buffer with room for what one wake-up usually makes.
    func takeBuffer() -> ByteQueue {
        guard let box = spare.popLast() else { return ByteQueue(capacity: Self.outputSize) }
        boxes.append(box)
        return box.take()
    }

    /// Gives a drained buffer back. Grown ones are let go, and a few are enough: one wake-up writes to one or two connections.
    func giveBack(_ buffer: consuming ByteQueue) {
        guard buffer.capacity == Self.outputSize, spare.count < 8 else { return }
        buffer.removeAll()
        let box = boxes.popLast() ?? BufferBox()
        box.put(buffer)
        spare.append(box)
    }

    /// Boxes without a buffer, so that giving one back allocates nothing.
    private var boxes: [BufferBox] = []

    /// The connection has bytes to send before this wake-up is over.
    func markDirty(_ connection: Connection) { dirty.append(connection) }

    /// Sends what was made since the last call: after each readable event, and at the end of each wake-up for everything else.
    func flushDirty() {
        while let connection = dirty.popLast() { connection.flush() }
    }

    func queuedBytesChanged(by difference: Int) {
        queuedBytes += difference
        if abs(queuedBytes - publishedBytes) > Self.publishedStep { publishQueued() }
    }

    /// Tells the other loops how much waits here.
    func publishQueued() {
        guard queuedBytes != publishedBytes else { return }
        memory?.changed(by: queuedBytes - publishedBytes, at: loop.now)
        publishedBytes = queuedBytes
    }

    /// What a queue may have, whose own limit this is, with all others in mind.
    func bounded(_ limit: Int) -> Int {
        guard let memory else { return limit }
        return memory.bounds.bounded(limit, isPressed: memory.isPressed)
    }

    /// The wake-up is over. The next one's steps go to those who have waited longest. Returns whether others still wait.
    func finishWakeUp() -> Bool {
        flushDirty()
        handshakes.wakeUpEnded()
        while let connection = handshakes.next(unless: \.isClosed) { connection.continueHandshake() }
        flushDirty()
        publishQueued()
        return !handshakes.isEmpty
    }
}

/// A place for a noncopyable buffer in an array.
private final class BufferBox {
    private var buffer = ByteQueue()

    func put(_ buffer: consuming ByteQueue) { self.buffer = buffer }

    func take() -> ByteQueue {
        var taken = ByteQueue()
        swap(&taken, &buffer)
        return taken
    }
}
