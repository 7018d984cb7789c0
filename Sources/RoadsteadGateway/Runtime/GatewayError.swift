/// Why a gateway cannot start.
public enum GatewayError: Error, Equatable, CustomStringConvertible {
    /// A certificate or a TLS setting is unusable.
    case tls(String)
    /// An address cannot be listened on.
    case listen(name: String, address: String, reason: String)
    /// The system refused something that every gateway needs.
    case system(String)

    /// What, where and what to do.
    public var description: String {
        switch self {
        case .tls(let reason): reason
        case .listen(let name, let address, let reason): "listener \(name) (\(address)): \(reason)"
        case .system(let reason): reason
        }
    }
}
