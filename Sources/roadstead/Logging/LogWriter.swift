import Glibc
import Logging
import RoadsteadConfig
import RoadsteadLoop
import Synchronization

/// Writes the log on a thread of its own, so that nobody who logs waits for its reader: a pipe is full soon when nobody reads it.
///
/// Lines for which there is no room in memory are dropped and counted, and the log says so where they are missing.
final class LogWriter: Sendable {
    /// One mebibyte: some thousand lines.
    static let limit = 1 << 20

    private let format: LogFormat
    private let descriptor: Int32
    /// The thread. Nothing else is on it.
    private let loop: EventLoop
    private let queue: Mutex<LogQueue>
    /// Says in each critical section what the lock says already, in a way that the thread sanitizer sees, as in `Mailbox`.
    private let order = Atomic(false)

    /// Starts the thread. Throws when the process is out of descriptors.
    ///
    /// - Parameters:
    ///   - descriptor: standard error, unless a test has its own.
    ///   - limit: how many bytes of lines are held at most.
    init(format: LogFormat, descriptor: Int32 = StandardStream.error.rawValue, limit: Int = LogWriter.limit) throws(LoopError) {
        loop = try EventLoop(name: "log")
        queue = Mutex(LogQueue(limit: limit))
        self.format = format
        self.descriptor = descriptor
        loop.start()
        // Nobody joins it: it may wait for a reader for ever.
        loop.execute { _ = pthread_detach(pthread_self()) }
    }

    deinit { loop.stop() }

    /// How many lines were dropped since the start.
    var droppedLines: Int { withQueue { $0.droppedInAll } }

    /// Has a line written soon, after those that this thread gave before. Any thread; never waits for the reader.
    func write(_ line: LogLine) {
        let text = line.text(format)
        let mustWakeUp = withQueue { $0.append(text) }
        if mustWakeUp { loop.execute { self.writeAll() } }
    }

    /// Waits until all that was given before is written, at most `limit`: its reader may have stopped. Any thread, but never a loop.
    ///
    /// - Returns: whether it is written.
    @discardableResult
    func flush(within limit: Duration = .seconds(1)) -> Bool {
        let deadline = ContinuousClock.now + limit
        let mark = withQueue { $0.appended }
        while withQueue({ $0.settled < mark }) {
            guard ContinuousClock.now < deadline else { return false }
            // A look each millisecond, as this is done a few times in the life of a process, and needs no descriptor and no second lock.
            _ = Poll.wait(for: [], until: ContinuousClock.now + .milliseconds(1))
        }
        return true
    }

    /// On the thread: until there is nothing more.
    private func writeAll() {
        while var batch = withQueue({ $0.next() }) {
            if batch.dropped > 0 { batch.text += notice(dropped: batch.dropped).text(format) }
            StandardStream.write(batch.text, to: descriptor)
        }
    }

    /// Said whatever the level is: it stands for lines that were to be written.
    private func notice(dropped: Int) -> LogLine {
        LogLine(
            milliseconds: WallClock.milliseconds, level: Logger.Level.warning.rawValue,
            message: "log lines dropped because standard error was not read", fields: [JSONMember("dropped", .number("\(dropped)"))])
    }

    private func withQueue<Result: Sendable>(_ body: (inout LogQueue) -> Result) -> Result {
        queue.withLock { queue in
            _ = order.load(ordering: .acquiring)
            defer { order.store(true, ordering: .releasing) }
            return body(&queue)
        }
    }
}
