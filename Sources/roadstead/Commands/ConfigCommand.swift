import ArgumentParser
import RoadsteadConfig

/// `roadstead config`.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Print the effective configuration, or a commented default.",
        discussion: "The effective configuration has every default, and what the environment sets; secrets show as <redacted>.")

    @Option(name: .shortAndLong, help: ArgumentHelp("The configuration file.", valueName: "file"), completion: .file())
    var config: String?

    @Flag(help: "Print a file to begin with: every key at its default, with what it does and when to change it.")
    var defaults = false

    @Flag(help: ArgumentHelp("Print docs/configuration.md.", visibility: .hidden))
    var reference = false

    func validate() throws {
        let asked = [config != nil, defaults, reference].count { $0 }
        guard asked == 1 else { throw ValidationError("Give exactly one of --config FILE and --defaults.") }
    }

    func run() throws {
        if defaults {
            StandardStream.output.write(Configuration.commentedDefaultYAML())
        } else if reference {
            StandardStream.output.write(Configuration.referenceMarkdown())
        } else if let config {
            switch ConfigurationFile.load(config) {
            case .success(let loaded): StandardStream.output.write(loaded.configuration.effectiveYAML())
            case .failure(let errors): throw CommandError.configuration(errors)
            }
        }
    }
}
