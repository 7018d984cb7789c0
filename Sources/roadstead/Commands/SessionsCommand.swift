import ArgumentParser

/// `roadstead sessions`.
struct SessionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "List, show or close the sessions of a running gateway.",
        subcommands: [SessionsListCommand.self, SessionsShowCommand.self, SessionsKickCommand.self],
        defaultSubcommand: SessionsListCommand.self)
}
