import ArgumentParser
import Glibc

/// The command line: `roadstead serve`, `roadstead connect` and the rest.
///
/// It is not an `AsyncParsableCommand`: with an asynchronous `main` the main thread ends in libdispatch's `dispatch_main`, which waits in
/// `sigsuspend` with no signal blocked, so that SIGTERM would end the process however carefully every other thread blocks it. Here the
/// main thread stays ours: `serve` waits for signals on it, and asynchronous work runs beside it.
@main
struct Roadstead: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roadstead",
        abstract: "A TLS WebSocket gateway: sessions that outlive backends, certificates and deployments.",
        discussion: """
            Without a configuration, `roadstead serve` runs a development gateway on wss://localhost:8443/echo.
            Exit codes: 0 ok, 1 failed, 2 bad usage or configuration.
            """,
        version: Version.line,
        subcommands: [
            ServeCommand.self, CheckCommand.self, ConfigCommand.self, CertsCommand.self, ConnectCommand.self, SessionsCommand.self,
            UpstreamsCommand.self, VersionCommand.self,
        ])

    /// Parses the command line, runs what it asks for, and ends the process with the right code.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch let error as CommandError {
            StandardStream.error.write(error.report)
            Glibc.exit(error.status.rawValue)
        } catch {
            end(with: error)
        }
    }

    /// ArgumentParser's own ends: help and version to standard output, mistakes to standard error.
    private static func end(with error: any Error) -> Never {
        let status = ExitStatus(parserCode: exitCode(for: error).rawValue)
        let message = fullMessage(for: error)
        if !message.isEmpty {
            let stream: StandardStream = status == .ok ? .output : .error
            stream.write(message + "\n")
        }
        Glibc.exit(status.rawValue)
    }
}
