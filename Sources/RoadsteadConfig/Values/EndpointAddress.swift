/// An address of an upstream, as written and as understood.
public struct EndpointAddress: Sendable, Equatable {
    /// The text of the configuration file: `ws://host:port/base`, `wss://host:port/base` or `unix:/path`.
    public let text: String
    /// Whether connections are made with TLS.
    public let isSecure: Bool
    /// The host name, or the IP address without brackets; `localhost` for a unix socket.
    public let host: String
    /// The port, 80 or 443 when none is written; 0 for a unix socket.
    public let port: UInt16
    /// The path of the unix socket; nil for TCP.
    public let unixPath: String?
    /// What stands before the path of each request; empty, or `/base` without a slash at its end.
    public let path: String

    /// Reads the text of a configuration file; nil when it is no endpoint.
    public init?(_ text: String) {
        guard case .success(let endpoint) = Self.parse(text) else { return nil }
        self = endpoint
    }

    private init(text: String, isSecure: Bool, host: String, port: UInt16, unixPath: String?, path: String) {
        self.text = text
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.unixPath = unixPath
        self.path = path
    }

    /// Reads the text of a configuration file, or says in words what is wrong with it.
    static func parse(_ text: String) -> Result<EndpointAddress, ValueFault> {
        if text.hasPrefix("unix:") {
            return UnixPath.parse(text.dropFirst("unix:".count)).map { path in
                EndpointAddress(text: text, isSecure: false, host: "localhost", port: 0, unixPath: path, path: "")
            }
        }
        let isSecure = text.hasPrefix("wss://")
        guard isSecure || text.hasPrefix("ws://") else { return .failure("it begins with ws://, wss:// or unix:/") }
        let rest = text.dropFirst(isSecure ? "wss://".count : "ws://".count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let path = rest[authority.endIndex...]
        guard !authority.contains("@") else { return .failure("a user or password cannot stand in it") }
        guard !authority.isEmpty else { return .failure("the host is missing, as in ws://127.0.0.1:9001") }
        guard path.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }) else {
            return .failure("its path cannot have a query, a fragment, spaces or characters beyond ASCII")
        }
        return HostAndPort.parse(authority).flatMap { parts in
            guard parts.port != 0 else { return .failure("port 0 cannot be connected to") }
            return .success(
                EndpointAddress(
                    text: text, isSecure: isSecure, host: parts.host, port: parts.port ?? (isSecure ? 443 : 80), unixPath: nil,
                    path: String(path.hasSuffix("/") ? path.dropLast() : path)))
        }
    }
}
