/// Why a server's answer did not make a WebSocket of the connection (RFC 6455 section 4.1).
public enum ClientUpgradeError: Error, Equatable, Sendable {
    /// The server answered with a status other than 101.
    case refused(status: Int)
    /// The answer lacks `Upgrade: websocket` or `Connection: Upgrade`.
    case notAnUpgrade
    /// `Sec-WebSocket-Accept` is missing or does not fit the key: the server does not speak WebSocket.
    case wrongAccept
    /// The server chose a subprotocol that was not offered, or several.
    case unofferedSubprotocol(String)
    /// The server chose an extension that was not offered, or one that was offered once a second time.
    case unofferedExtension(String)
    /// The server's extensions cannot be read, or are no answer to what was offered.
    case invalidExtension(String)

    /// What was wrong, in one line.
    public var explanation: String {
        switch self {
        case .refused(let status): "the server refused the WebSocket with status \(status)"
        case .notAnUpgrade: "the server's 101 does not upgrade to a WebSocket; check that the address is a WebSocket endpoint"
        case .wrongAccept: "the server's Sec-WebSocket-Accept does not fit; check that the address is a WebSocket endpoint"
        case .unofferedSubprotocol(let name): "the server chose the subprotocol \(name), which was not offered"
        case .unofferedExtension(let name): "the server chose the extension \(name), which was not offered"
        case .invalidExtension(let fault): "the server's answer about extensions is wrong: \(fault)"
        }
    }
}
