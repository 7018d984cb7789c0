import RoadsteadWire

/// What a connection keeps so that, should it be lost, its unsent messages can be had back: which bytes of its output are written, whole
/// messages at a time, and, below TLS, which records. Made for upstream connections that sessions outlive; others do without.
final class SentLedger {
    /// RFC 8446 section 5.1: the most plaintext in a record.
    static let recordSize = 16 * 1024

    private var messages: MessageLedger
    /// Plaintext at the front of the output, behind what is written, that is in TLS records not yet sent whole.
    private(set) var sealedCount = 0
    /// Those records: how much plaintext each has, and where its ciphertext ends, counted from the first byte of the batch.
    private var records: [(plaintext: Int, end: Int)] = []
    private var ciphertextWritten = 0

    /// - Parameter limit: bytes of one message that are kept at the most.
    init(limit: Int) { messages = MessageLedger(limit: limit) }

    /// Bytes at the front of the output that are not to be sent any more.
    var passedCount: Int { messages.writtenCount + sealedCount }

    /// Whether the message at the front has lost its beginning.
    var isTorn: Bool { messages.isTorn }

    func appended(_ header: FrameHeader) { appended(isControl: header.opcode.isControl, isFinal: header.isFinal) }

    func appended(isControl: Bool, isFinal: Bool) { messages.appended(isControl: isControl, isFinal: isFinal) }

    /// Plain bytes were written. Returns how many at the front of the output to forget.
    func written(_ count: Int, of output: RawSpan) -> Int { messages.written(count, of: output) }

    /// A record was made; `end` is how much ciphertext the batch has by now.
    func sealed(_ plaintext: Int, end: Int) {
        records.append((plaintext, end))
        sealedCount += plaintext
    }

    /// Ciphertext was written, the records' first. Returns how many bytes at the front of the output to forget.
    func ciphertextWritten(_ count: Int, of output: RawSpan) -> Int {
        guard !records.isEmpty else { return 0 }
        ciphertextWritten += count
        // A record that is not there whole cannot be decrypted.
        let sent = records.prefix { $0.end <= ciphertextWritten }
        let plaintext = sent.reduce(0) { $0 + $1.plaintext }
        records.removeFirst(sent.count)
        if records.isEmpty { ciphertextWritten = 0 }
        sealedCount -= plaintext
        return plaintext == 0 ? 0 : messages.written(plaintext, of: output)
    }
}

/// What a lost connection had not sent.
struct UnsentMessages: ~Copyable {
    /// Whole frames, as they were queued; the last message may still want its end from the client.
    var frames = ByteQueue()
    /// Messages whose end is among them.
    var count = 0
    /// Bytes of `frames` in frames that were sent, whole or in part: the beginning of the first message.
    var sentSize = 0
    /// The first message had been sent in part, and its beginning is forgotten.
    var isTorn = false
}
