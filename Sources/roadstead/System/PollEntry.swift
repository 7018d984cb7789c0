/// One descriptor that poll(2) looks at: what is waited for, and then what was found.
struct PollEntry {
    /// The descriptor; a negative one is passed over.
    var descriptor: Int32
    /// Whether to wake up when there is something to read.
    var wantsReading = false
    /// Whether to wake up when there is room to write.
    var wantsWriting = false
    /// Whether a read will not block: bytes, the end of the stream, or an error are there.
    var isReadable = false
    /// Whether a write will not block.
    var isWritable = false
}
