/// Why a WebSocket connection ends (RFC 6455 section 7.4 and the IANA registry of close codes).
public struct CloseCode: RawRepresentable, Hashable, Sendable {
    /// The number on the wire.
    public var rawValue: UInt16

    /// The code with this number, whatever it is.
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// 1000: the purpose was fulfilled.
    public static let normal = CloseCode(rawValue: 1000)
    /// 1001: the endpoint goes away: a server shuts down, a browser leaves the page.
    public static let goingAway = CloseCode(rawValue: 1001)
    /// 1002: the peer broke the protocol.
    public static let protocolError = CloseCode(rawValue: 1002)
    /// 1003: the peer sent a kind of data that is not accepted here.
    public static let unsupportedData = CloseCode(rawValue: 1003)
    /// 1005: there was no code. Never on the wire.
    public static let noStatus = CloseCode(rawValue: 1005)
    /// 1006: the connection was lost without a closing handshake. Never on the wire.
    public static let abnormal = CloseCode(rawValue: 1006)
    /// 1007: the data did not fit its kind, such as text that is not UTF-8.
    public static let invalidPayload = CloseCode(rawValue: 1007)
    /// 1008: the peer broke a rule of this endpoint.
    public static let policyViolation = CloseCode(rawValue: 1008)
    /// 1009: a message was too big.
    public static let messageTooBig = CloseCode(rawValue: 1009)
    /// 1010: a client misses an extension that the server did not accept.
    public static let mandatoryExtension = CloseCode(rawValue: 1010)
    /// 1011: the endpoint met an error of its own.
    public static let internalError = CloseCode(rawValue: 1011)
    /// 1012: the service restarts; come again.
    public static let serviceRestart = CloseCode(rawValue: 1012)
    /// 1013: the service is overloaded; come again later.
    public static let tryAgainLater = CloseCode(rawValue: 1013)
    /// 1014: a gateway got an invalid answer from its upstream.
    public static let badGateway = CloseCode(rawValue: 1014)
    /// 1015: the TLS handshake failed. Never on the wire.
    public static let tlsHandshake = CloseCode(rawValue: 1015)

    /// Whether a close frame may carry the code: those defined for the wire, and 3000 to 4999 for libraries and applications.
    public var isValidOnWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}
