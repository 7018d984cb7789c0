/// Why a connection failed: the peer's doing, or OpenSSL's, and never a reason to stop anything else.
public struct TLSFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// Which kind of failure it was; bounded, so that it can be a metric's label.
    public enum Cause: Equatable, Sendable {
        /// The two sides have no cipher suite, group or signature algorithm in common.
        case noSharedCipher
        /// The peer refuses the handshake without saying why; often there is nothing in common, or it misses a certificate (TLS 1.2).
        case handshakeRefused
        /// The peer wants a TLS version that is not allowed here, or the other way round.
        case unsupportedVersion
        /// The peer offers application protocols by ALPN, and HTTP/1.1 is not among them.
        case noApplicationProtocol
        /// Plain HTTP arrived where TLS was expected.
        case httpRequest
        /// The peer showed no certificate where one is required, or says that we showed none.
        case certificateRequired
        /// The peer does not accept our certificate: unknown authority, expired, bad, revoked, wrong kind.
        case certificateRejected
        /// We do not accept the peer's certificate; the text is OpenSSL's, e.g. `certificate has expired`.
        case verifyFailed(String)
        /// The bytes are not TLS, or break its rules, or were tampered with.
        case protocolError
        /// Anything else, such as being out of memory.
        case other

        /// A word in snake case for the label of a metric.
        public var label: String {
            switch self {
            case .noSharedCipher: "no_shared_cipher"
            case .handshakeRefused: "handshake_refused"
            case .unsupportedVersion: "unsupported_version"
            case .noApplicationProtocol: "no_application_protocol"
            case .httpRequest: "http_request"
            case .certificateRequired: "certificate_required"
            case .certificateRejected: "certificate_rejected"
            case .verifyFailed: "verify_failed"
            case .protocolError: "protocol_error"
            case .other: "other"
            }
        }
    }

    /// OpenSSL's words, e.g. `no shared cipher`.
    public var reason: String
    /// Whether the peer said so in an alert, rather than this side finding it.
    public var isPeerAlert: Bool
    /// The kind of failure.
    public var cause: Cause

    /// Mostly for tests: connections make these.
    public init(reason: String, isPeerAlert: Bool, cause: Cause) {
        self.reason = reason
        self.isPeerAlert = isPeerAlert
        self.cause = cause
    }

    /// One line for a log.
    public var description: String {
        switch cause {
        case .verifyFailed(let detail): "\(reason): \(detail)"
        case .noSharedCipher, .handshakeRefused, .unsupportedVersion, .noApplicationProtocol, .httpRequest, .certificateRequired,
            .certificateRejected,
            .protocolError, .other:
            reason
        }
    }

    /// What a peer gets that keeps this side busy with handshake messages, key updates most likely.
    static let tooManyMessages = TLSFailure(reason: "too many handshake messages", isPeerAlert: false, cause: .protocolError)

    /// What a client gets that wants to send a longer ClientHello than `HelloWatch.longest`.
    static let helloTooLong = TLSFailure(reason: "the ClientHello is too long", isPeerAlert: false, cause: .protocolError)

    /// What every use of a connection after its failure gets.
    static let alreadyFailed = TLSFailure(reason: "the connection has failed before", isPeerAlert: false, cause: .other)
}
