/// An address to listen on, as written and as understood.
public struct ListenAddress: Sendable, Equatable {
    /// What an address can be.
    public enum Kind: Sendable, Equatable {
        /// A TCP port of an IP address (without brackets) or host name; port 0 lets the kernel choose.
        case internet(host: String, port: UInt16)
        /// A unix socket at this path.
        case unix(path: String)
    }

    /// The text of the configuration file: `host:port`, `[v6]:port` or `unix:/path`.
    public let text: String
    /// The same, taken apart.
    public let kind: Kind

    /// A TCP address; `host` is an IP address without brackets, or a name.
    public init(host: String, port: UInt16) {
        text = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        kind = .internet(host: host, port: port)
    }

    /// A unix socket.
    public init(unixPath: String) {
        text = "unix:\(unixPath)"
        kind = .unix(path: unixPath)
    }

    /// Reads the text of a configuration file; nil when it is no address.
    public init?(_ text: String) {
        guard case .success(let address) = Self.parse(text) else { return nil }
        self = address
    }

    /// Whether only this machine can connect: a loopback address, `localhost` or a unix socket.
    public var isLocal: Bool {
        switch kind {
        case .unix: true
        case .internet(let host, _): host == "localhost" || IPLiteral(host)?.isLoopback == true
        }
    }

    /// Reads the text of a configuration file, or says in words what is wrong with it.
    static func parse(_ text: String) -> Result<ListenAddress, ValueFault> {
        if text.hasPrefix("unix:") {
            return UnixPath.parse(text.dropFirst("unix:".count)).map(ListenAddress.init(unixPath:))
        }
        return HostAndPort.parse(text).flatMap { parts in
            guard let port = parts.port else { return .failure("the port is missing, as in \(parts.host):8443") }
            return .success(ListenAddress(host: parts.host, port: port))
        }
    }
}
