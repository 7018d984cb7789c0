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
    /// A URL, as it was given, cannot be used.
    case url(String, reason: String)
    /// Nothing answers there.
    case unreachable(address: String, reason: String)
    /// TLS could not be agreed on, or the server did not prove who it is.
    case handshake(address: String, TLSFailure)
    /// The server answered, but not as it should; `reason` says what to do.
    case answer(address: String, reason: String)
    /// The gateway's admin API refused a request.
    case refused(status: Int, detail: String)
    /// A file that an option names cannot be used.
    case file(path: String, reason: String)

    /// The process's end.
    var status: ExitStatus {
        switch self {
        case .configuration, .gateway(.tls), .url, .file: .badUsage
        case .checkFailed, .certificates, .gateway, .unreachable, .handshake, .answer, .refused: .failed
        }
    }

    /// What, where and what to do, ended by a line break, for standard error.
    ///
    /// Errors of a configuration stand alone, one a line, so that editors find their places.
    var report: String {
        switch self {
        case .configuration(let errors), .checkFailed(let errors): "\(errors)\n"
        case .certificates, .gateway, .url, .unreachable, .handshake, .answer, .refused, .file: "roadstead: \(sentence)\n"
        }
    }

    private var sentence: String {
        switch self {
        case .configuration(let errors), .checkFailed(let errors): "\(errors)"
        case .certificates(let error): "\(error)"
        case .gateway(let error): "\(error)"
        case .url(let text, let reason): "\(text) is not usable: \(reason)"
        case .unreachable(let address, let reason): "cannot connect to \(address): \(reason)"
        case .handshake(let address, let failure): "no TLS with \(address): \(failure); \(failure.clientAdvice)"
        case .answer(let address, let reason): "\(address): \(reason)"
        case .refused(let status, let detail): "the gateway refused with \(status): \(detail)"
        case .file(let path, let reason): "\(path): \(reason)"
        }
    }
}
