import ArgumentParser
import Logging
import RoadsteadConfig
import RoadsteadGateway
import RoadsteadLoop
import RoadsteadTLS

/// `roadstead serve`.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the gateway.",
        discussion: """
            Without --config: a development gateway on wss://localhost:8443/echo, with certificates that it makes in certs/ on first use.

            SIGTERM and SIGINT stop accepting, close the sessions with 1001 over drain.spread, and exit with 0 within drain.period; a second \
            one exits at once with 1. Values of the file give way to ROADSTEAD_... variables, and these to flags.
            """)

    @Option(name: .shortAndLong, help: ArgumentHelp("The configuration file.", valueName: "file"), completion: .file())
    var config: String?

    @Option(help: ArgumentHelp("Event loops; 0 is one per core. Goes over the key loops.", valueName: "n"))
    var loops: Int?

    @Option(help: ArgumentHelp("The least severe level to log. Goes over the key log.level.", valueName: "level"))
    var logLevel: LogLevel?

    @Option(help: ArgumentHelp("How log lines are written. Goes over the key log.format.", valueName: "format"))
    var logFormat: LogFormat?

    func run() throws {
        // First of all, as threads inherit what is blocked.
        GatewayProcess.takeSignals()
        let descriptors = DescriptorLimit.raise()
        let loaded = try load()
        let configuration = loaded.configuration
        let logger = Logger(label: "roadstead") { _ in LineLogHandler(configuration.log) }
        logger.notice(
            "starting",
            metadata: [
                "version": "\(Version.release)", "config": "\(config ?? "development")", "descriptors": .stringConvertible(descriptors),
            ])
        for warning in loaded.warnings { logger.warning("a key has no effect yet", metadata: ["key": "\(warning)"]) }
        let gateway: Gateway
        do throws(GatewayError) {
            gateway = try Gateway(configuration, version: Version.release, logger: logger)
        } catch {
            throw CommandError.gateway(error)
        }
        let greeting = config == nil ? DevelopmentGreeting(program: CommandLine.arguments[0]) : nil
        GatewayProcess(gateway: gateway, drain: configuration.drain, greeting: greeting, logger: logger).run()
    }

    private func load() throws(CommandError) -> LoadedConfiguration {
        let loaded: Result<LoadedConfiguration, ConfigurationErrors>
        if let config {
            loaded = ConfigurationFile.load(config, overrides: overrides)
        } else {
            do throws(TLSError) {
                try DevelopmentCertificates.make(in: DevelopmentGreeting.certificates)
            } catch {
                throw .certificates(error)
            }
            loaded = ConfigurationFile.loadDevelopment(overrides: overrides)
        }
        switch loaded {
        case .success(let loaded): return loaded
        case .failure(let errors): throw .configuration(errors)
        }
    }

    /// The flags that were given, by the keys that they go over.
    private var overrides: [String: String] {
        var overrides: [String: String] = [:]
        overrides["loops"] = loops.map(String.init)
        overrides["log.level"] = logLevel?.rawValue
        overrides["log.format"] = logFormat?.rawValue
        return overrides
    }
}

extension LogLevel: ExpressibleByArgument {}
extension LogFormat: ExpressibleByArgument {}
