import RoadsteadConfig
import RoadsteadGateway
import RoadsteadTLS

/// Where `serve` has its configuration from: the same at start and at each reload.
struct ServedConfiguration: Sendable, Equatable {
    /// The file; nil for the development gateway.
    var path: String?
    /// The flags that were given, by the keys that they go over.
    var overrides: [String: String]

    /// Reads it, and makes the certificates of the development gateway first if they are missing or have expired.
    func load() throws(CommandError) -> LoadedConfiguration {
        let loaded: Result<LoadedConfiguration, ConfigurationErrors>
        if let path {
            loaded = ConfigurationFile.load(path, overrides: overrides)
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

    /// Reads it for a reload, with each mistake in the words of the start.
    func reload() -> Result<LoadedConfiguration, ReloadRefusal> {
        do throws(CommandError) {
            return .success(try load())
        } catch {
            switch error {
            case .configuration(let errors), .checkFailed(let errors):
                return .failure(ReloadRefusal(errors: errors.errors.map(\.description)))
            case .certificates(let error): return .failure(ReloadRefusal(errors: ["\(error)"]))
            case .gateway, .url, .unreachable, .handshake, .answer, .refused, .file:
                return .failure(ReloadRefusal(errors: [error.report]))
            }
        }
    }
}
