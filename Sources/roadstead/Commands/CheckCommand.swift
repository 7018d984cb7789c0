import ArgumentParser
import RoadsteadConfig

/// `roadstead check --config FILE`.
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Validate a configuration and say everything that is wrong with it.",
        discussion: """
            Every error is a line FILE:LINE:COLUMN: message on standard error, and the exit code is then 1. Keys that have no effect yet are \
            warnings: they are told and change nothing.
            """)

    @Option(name: .shortAndLong, help: ArgumentHelp("The configuration file.", valueName: "file"), completion: .file())
    var config: String

    func run() throws {
        switch ConfigurationFile.load(config) {
        case .success(let loaded):
            for warning in loaded.warnings { StandardStream.error.write("warning: \(warning)\n") }
            StandardStream.output.write("\(config): ok\n")
        case .failure(let errors):
            throw CommandError.checkFailed(errors)
        }
    }
}
