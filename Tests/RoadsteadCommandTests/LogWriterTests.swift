import Foundation
import RoadsteadConfig
import RoadsteadLoop
import Testing

@testable import roadstead

struct LogWriterTests {
    /// A pipe that is read when a test says so.
    private final class Reader {
        private let pipe = Pipe()
        private var splitter = LineSplitter()
        private var lines: [String] = []

        init() {
            // A test that fails leaves a writer without a reader.
            Signals.ignoreBrokenPipe()
        }

        var writeEnd: Int32 { pipe.fileHandleForWriting.fileDescriptor }

        /// Reads until there are enough lines, and returns all.
        func read(until isEnough: ([String]) -> Bool) throws -> [String] {
            let readEnd = pipe.fileHandleForReading.fileDescriptor
            let deadline = ContinuousClock.now + .seconds(15)
            while !isEnough(lines) {
                let found = Poll.wait(for: [PollEntry(descriptor: readEnd, wantsReading: true)], until: deadline)
                let isReadable = found[0].isReadable
                try #require(isReadable)
                let bytes = try #require(Descriptor.read(readEnd, limit: 65_536))
                lines += splitter.feed(bytes).map { String(decoding: $0, as: UTF8.self) }
            }
            return lines
        }
    }

    private static func line(_ number: Int, padding: Int = 0) -> LogLine {
        LogLine(
            milliseconds: 0, level: "info", message: "told",
            fields: [JSONMember("number", .number("\(number)")), JSONMember("text", .text(String(repeating: "x", count: padding)))])
    }

    private static func text(_ number: Int, padding: Int = 0, _ format: LogFormat = .logfmt) -> String {
        String(line(number, padding: padding).text(format).dropLast())
    }

    /// How many lines are missing there, as a line says; nil for one that says something else.
    private static func missing(_ line: String) -> Int? {
        guard line.contains("log lines dropped because standard error was not read") else { return nil }
        return Int(line.split { !$0.isNumber }.last ?? "")
    }

    @Test(arguments: LogFormat.allCases)
    func `Lines come out as they went in`(format: LogFormat) throws {
        let reader = Reader()
        let writer = try LogWriter(format: format, descriptor: reader.writeEnd)
        for number in 0..<1000 { writer.write(Self.line(number)) }
        let lines = try reader.read { $0.count == 1000 }
        #expect(lines == (0..<1000).map { Self.text($0, format) })
        let isWritten = writer.flush(within: .seconds(15))
        #expect(isWritten)
        withExtendedLifetime(reader) {}
    }

    @Test func `Lines of one thread stay in order beside those of others`() async throws {
        let reader = Reader()
        let writer = try LogWriter(format: .logfmt, descriptor: reader.writeEnd)
        await withTaskGroup { group in
            for thousand in 0..<4 {
                group.addTask {
                    for number in 0..<200 { writer.write(Self.line(thousand * 1000 + number)) }
                }
            }
        }
        let lines = try reader.read { $0.count == 800 }
        for thousand in 0..<4 {
            let all = (0..<200).map { Self.text(thousand * 1000 + $0) }
            let known = Set(all)
            #expect(lines.filter { known.contains($0) } == all)
        }
        withExtendedLifetime(reader) {}
    }

    @Test func `Waiting for a reader who has stopped has an end, and nothing is lost if it reads on`() throws {
        let reader = Reader()
        let writer = try LogWriter(format: .logfmt, descriptor: reader.writeEnd)
        // More than a pipe holds.
        for number in 0..<200 { writer.write(Self.line(number, padding: 1000)) }
        let start = ContinuousClock.now
        let isWritten = writer.flush(within: .milliseconds(50))
        let waited = ContinuousClock.now - start
        #expect(!isWritten)
        #expect(waited >= .milliseconds(50) && waited < .seconds(10))
        let lines = try reader.read { $0.count == 200 }
        #expect(lines == (0..<200).map { Self.text($0, padding: 1000) })
        let isWrittenNow = writer.flush(within: .seconds(15))
        #expect(isWrittenNow)
        #expect(writer.droppedLines == 0)
        withExtendedLifetime(reader) {}
    }

    @Test(arguments: LogFormat.allCases)
    func `Lines for which there is no room are missing, and the log says how many`(format: LogFormat) throws {
        let reader = Reader()
        let writer = try LogWriter(format: format, descriptor: reader.writeEnd, limit: 100_000)
        for number in 0..<1000 { writer.write(Self.line(number, padding: 1000)) }
        let lines = try reader.read { lines in
            let missing = lines.compactMap { Self.missing($0) }
            return lines.count - missing.count + missing.reduce(0, +) == 1000
        }
        let notices = lines.filter { Self.missing($0) != nil }
        let told = lines.filter { Self.missing($0) == nil }
        let known = Set(told)
        let all = (0..<1000).map { Self.text($0, padding: 1000, format) }
        #expect(told == all.filter { known.contains($0) })
        #expect(writer.droppedLines == 1000 - told.count)
        #expect(!notices.isEmpty && notices.allSatisfy { $0.contains("warning") })
        if format == .json {
            let values = notices.map { JSONParser.parse($0.utf8)?["level"]?.scalar }
            #expect(values.allSatisfy { $0 == "warning" })
        }
        // What is logged after the gap is written again.
        let isWritten = writer.flush(within: .seconds(15))
        #expect(isWritten)
        writer.write(Self.line(1000))
        let after = try reader.read { $0.last == Self.text(1000, format) }
        #expect(after.count == lines.count + 1)
        withExtendedLifetime(reader) {}
    }
}
