/// The log lines that are not written yet, held to a number of bytes. It decides; `LogWriter` has the lock and the thread.
///
/// ```
///              append                    next: a batch
///   resting -------------> called for -----------------> writing --+
///      ^     wake up                                       ^       | next: a batch
///      |                    next: nothing                  +-------+
///      +---------------------------------------------------+
/// ```
///
/// A line for which there is no room is dropped, and so are all after it until the next batch is taken. What is missing is therefore one
/// gap behind a batch, whose end can tell of it.
struct LogQueue {
    /// What is to be written at once.
    struct Batch: Equatable, Sendable {
        /// Whole lines, in the order in which they came.
        var text: String
        /// How many lines came after them and were dropped.
        var dropped: Int
    }

    /// How many lines were ever appended, the dropped ones included.
    private(set) var appended = 0
    /// How many of these are done with: written, or dropped and told of.
    private(set) var settled = 0
    /// How many were ever dropped.
    private(set) var droppedInAll = 0

    private let limit: Int
    private var waiting = ""
    /// Bytes of the batch that is being written: they are in memory still, and count.
    private var writing = 0
    /// How many lines are done with once that batch is written.
    private var taken = 0
    /// Since the last batch.
    private var dropped = 0
    private var isResting = true

    /// Nothing.
    ///
    /// - Parameter limit: the bytes that all lines may have together.
    init(limit: Int) { self.limit = limit }

    /// Takes a line that ends with its line break, or drops it.
    ///
    /// - Returns: whether the thread rests and must be woken up.
    mutating func append(_ line: String) -> Bool {
        appended += 1
        if dropped == 0, line.utf8.count <= limit - writing - waiting.utf8.count {
            waiting += line
        } else {
            dropped += 1
            droppedInAll += 1
        }
        let mustWakeUp = isResting
        isResting = false
        return mustWakeUp
    }

    /// The batch before is written. What to write next: all that is there; nil for nothing, and then the thread rests.
    mutating func next() -> Batch? {
        settled = taken
        writing = 0
        guard taken < appended else {
            isResting = true
            return nil
        }
        let batch = Batch(text: waiting, dropped: dropped)
        writing = waiting.utf8.count
        taken = appended
        waiting = ""
        dropped = 0
        return batch
    }
}
