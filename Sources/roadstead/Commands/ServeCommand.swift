import ArgumentParser
import Logging
import RoadsteadConfig
import RoadsteadGateway
import RoadsteadLoop

/// `roadstead serve`.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the gateway.",
        discussion: """
            Without --config: a development gateway on wss://localhost:8443/echo, with certificates that it makes in certs/ on first use.

            SIGTERM and SIGINT stop accepting, close the sessions with 1001 over drain.spread, and exit with 0 within drain.period; a second \
            one exits at once with 1. SIGHUP reads the configuration and the certificates again. Values of the file give way to ROADSTEAD_... variables, and these to flags.
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
        let served = ServedConfiguration(path: config, overrides: overrides)
        let loaded = try served.load()
        let configuration = loaded.configuration
        let threshold = LogThreshold(Logger.Level(configuration.log.level))
        let logWriter: LogWriter
        do throws(LoopError) {
            logWriter = try LogWriter(format: configuration.log.format)
        } catch {
            throw CommandError.gateway(.system("\(error)"))
        }
        let logger = Logger(label: "roadstead") { _ in LineLogHandler(threshold, writer: logWriter) }
        logger.notice(
            "starting",
            metadata: [
                "version": "\(Version.release)", "config": "\(config ?? "development")", "descriptors": .stringConvertible(descriptors),
            ])
        for warning in loaded.warnings { logger.warning("a key has no effect yet", metadata: ["key": "\(warning)"]) }
        let gateway: Gateway
        do throws(GatewayError) {
            let source = ConfigurationSource(read: served.reload) { threshold.level = Logger.Level($0.log.level) }
            gateway = try Gateway(configuration, version: Version.release, logger: logger, source: source) { logWriter.droppedLines }
        } catch {
            // The report goes to standard error itself, and must not overtake the log.
            logWriter.flush()
            throw CommandError.gateway(error)
        }
        let greeting = config == nil ? DevelopmentGreeting(program: CommandLine.arguments[0]) : nil
        GatewayProcess(gateway: gateway, drain: configuration.drain, greeting: greeting, logger: logger, logWriter: logWriter).run()
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
