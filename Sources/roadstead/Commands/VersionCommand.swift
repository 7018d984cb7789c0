import ArgumentParser

/// `roadstead version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")

    func run() throws {
        StandardStream.output.write(Version.line + "\n")
    }
}
