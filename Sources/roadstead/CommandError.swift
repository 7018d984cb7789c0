import RoadsteadConfig
import RoadsteadGateway
import RoadsteadTLS

/// Why a command did not do what was asked.
enum CommandError: Error, Equatable {
    /// The configuration that a command needs is wrong.
    case configuration(ConfigurationErrors)
    /// `roadstead check` found mistakes: that is its answer, not a wrong use of it.
    case checkFailed(ConfigurationErrors)
    /// A certificate could not be made or used.
    case certificates(TLSError)
    /// The gateway did not start.
    case gateway(GatewayError)

    /// The process's end.
    var status: ExitStatus {
        switch self {
        case .configuration, .gateway(.tls): .badUsage
        case .checkFailed, .certificates, .gateway: .failed
        }
    }

    /// What, where and what to do, ended by a line break, for standard error.
    ///
    /// Errors of a configuration stand alone, one a line, so that editors find their places.
    var report: String {
        switch self {
        case .configuration(let errors), .checkFailed(let errors): "\(errors)\n"
        case .certificates(let error): "roadstead: \(error)\n"
        case .gateway(let error): "roadstead: \(error)\n"
        }
    }
}
