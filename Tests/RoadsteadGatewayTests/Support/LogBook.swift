import Foundation
import Logging

/// The lines that a gateway logs, kept so that tests can wait for one: the gateway's own events instead of the passing of time.
// SAFETY: see the first line inside.
final class LogBook: @unchecked Sendable {
    // `lines` is touched only under `condition`.
    struct Line: Sendable {
        let message: String
        let metadata: [String: String]
    }

    private let condition = NSCondition()
    private var lines: [Line] = []

    var logger: Logger {
        var logger = Logger(label: "test") { _ in Handler(book: self) }
        logger.logLevel = .debug
        return logger
    }

    fileprivate func append(_ line: Line) {
        condition.lock()
        lines.append(line)
        condition.broadcast()
        condition.unlock()
    }

    /// How many lines there are with this message.
    func count(of message: String) -> Int {
        condition.lock()
        defer { condition.unlock() }
        return lines.count { $0.message == message }
    }

    /// Waits for the first line with this message and metadata that the predicate likes.
    func wait(for message: String, where isWanted: ([String: String]) -> Bool = { _ in true }) throws -> Line {
        try wait(forAnyOf: [message], where: isWanted)
    }

    /// Waits for the first line with one of these messages and metadata that the predicate likes.
    func wait(forAnyOf messages: [String], where isWanted: ([String: String]) -> Bool = { _ in true }) throws -> Line {
        let deadline = Date(timeIntervalSinceNow: 15)
        condition.lock()
        defer { condition.unlock() }
        var seen = 0
        while true {
            if let found = lines[seen...].first(where: { messages.contains($0.message) && isWanted($0.metadata) }) { return found }
            seen = lines.count
            guard condition.wait(until: deadline) else { throw TestFailure("none of the lines \(messages) was logged in time") }
        }
    }

    private struct Handler: LogHandler {
        let book: LogBook
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = (event.metadata ?? [:]).mapValues { "\($0)" }
            book.append(Line(message: "\(event.message)", metadata: all))
        }
    }
}
