import Glibc
import Logging
import RoadsteadConfig
import RoadsteadGateway
import RoadsteadLoop
import Synchronization

/// The gateway as a process: started, told by signals to reload or to stop, drained and ended.
///
/// ```
///              started              SIGTERM, SIGINT           drained
///   starting ------------> serving ----------------> draining --------> exit 0
///      | failed                                         | SIGTERM, SIGINT
///      +-----> exit 1                                   +----------------> exit 1
///
///   SIGHUP reloads; one that comes while starting does so afterwards, and while draining it changes nothing.
/// ```
struct GatewayProcess {
    private static let signals = [SIGTERM, SIGINT, SIGHUP]

    /// The gateway, which binds nothing before it is started.
    let gateway: Gateway
    /// How long draining may take; for the log only.
    let drain: DrainConfiguration
    /// What to say once it runs; nil for a gateway with a configuration, whose log says it.
    let greeting: DevelopmentGreeting?
    /// Where its life is told.
    let logger: Logger
    /// What writes that; each end of the process waits for it, but not for a reader who has stopped.
    let logWriter: LogWriter

    /// Keeps the signals for `run`. To be called before any thread is started.
    static func takeSignals() {
        Signals.block(signals)
        Signals.ignoreBrokenPipe()
    }

    /// Runs the gateway until it is told to stop, waiting for signals on the calling thread, which must be the main one.
    func run() -> Never {
        let ending = Ending()
        let starting = Task.detached { await start() }
        var isStopping = false
        while true {
            let signal = Signals.wait(Self.signals)
            switch (signal, isStopping) {
            case (SIGHUP, _):
                Task.detached {
                    await starting.value
                    _ = await gateway.reload(by: "SIGHUP")
                }
            case (_, true) where ending.isOver.load(ordering: .relaxed):
                break
            case (_, true):
                logger.warning("exiting at once", metadata: ["signal": "\(Self.name(signal))"])
                logWriter.flush()
                // Not exit(3): its handlers could wait for the threads that are being drained.
                _exit(ExitStatus.failed.rawValue)
            case (_, false):
                isStopping = true
                Task.detached {
                    await starting.value
                    await stop(signal, ending)
                }
            }
        }
    }

    private func start() async {
        do throws(GatewayError) {
            try await gateway.start()
        } catch {
            logger.critical("cannot start", metadata: ["reason": "\(error)"])
            logWriter.flush()
            exit(CommandError.gateway(error).status.rawValue)
        }
        logger.notice("ready", metadata: ["admin": "\(gateway.adminAddress)"])
        if let greeting, let listener = gateway.addresses.first {
            // On a terminal both streams are one, and the log comes first.
            logWriter.flush()
            StandardStream.output.write(greeting.text(address: listener.address, adminAddress: gateway.adminAddress))
        }
    }

    private func stop(_ signal: Int32, _ ending: Ending) async {
        logger.notice(
            "draining; a second signal exits at once",
            metadata: ["signal": "\(Self.name(signal))", "period": "\(drain.period.text)", "spread": "\(drain.spread.text)"])
        let clock = ContinuousClock()
        let time = await clock.measure { await gateway.drain(period: nil, spread: nil) }
        await gateway.stop()
        ending.isOver.store(true, ordering: .relaxed)
        logger.notice("stopped", metadata: ["drained_in": "\(time.text)"])
        logWriter.flush()
        exit(ExitStatus.ok.rawValue)
    }

    /// Whether all is done that was asked for, and a signal could only spoil the exit status.
    private final class Ending: Sendable {
        let isOver = Atomic(false)
    }

    private static func name(_ signal: Int32) -> String {
        switch signal {
        case SIGTERM: "SIGTERM"
        case SIGINT: "SIGINT"
        case SIGHUP: "SIGHUP"
        case _: "\(signal)"
        }
    }
}
