import Foundation
import TestSupport
import Testing

/// Prometheus's own checker, the judge of what we write.
enum Promtool {
    /// What it said, on standard output and standard error together, and how it ended.
    struct Verdict: Equatable {
        let status: Int32
        let words: String
        static let content = Verdict(status: 0, words: "")
    }

    /// Runs it with `input` on its standard input.
    static func run(_ arguments: [String], input: String = "") throws -> Verdict {
        let paths = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin").split(separator: ":").map { "\($0)/promtool" }
        let path = try #require(
            paths.first { FileManager.default.isExecutableFile(atPath: $0) },
            "promtool is not installed: it checks the metrics page. On Debian: apt-get install prometheus")
        let directory = try temporaryDirectory()
        defer { try? FileManager.default.removeItem(at: directory) }
        // Files rather than pipes: neither side can wait for the other.
        let (inputFile, outputFile) = (directory.appending(path: "input"), directory.appending(path: "output"))
        try Data(input.utf8).write(to: inputFile)
        try Data().write(to: outputFile)
        let (input, output) = try (FileHandle(forReadingFrom: inputFile), FileHandle(forWritingTo: outputFile))
        let program = try SpawnedProgram(
            [path] + arguments, input: input.fileDescriptor, output: output.fileDescriptor, error: output.fileDescriptor)
        return Verdict(status: program.wait(), words: try String(contentsOf: outputFile, encoding: .utf8))
    }

    /// A new directory of its own.
    static func temporaryDirectory() throws -> URL {
        let directory = FileManager.default.temporaryDirectory.appending(path: "roadstead-metrics-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }
}
