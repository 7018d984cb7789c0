/// How a peer broke RFC 6455. A value, not a thrown surprise: the connection is closed with `closeCode` and `reason`.
public enum ProtocolViolation: Error, Equatable, Sendable {
    /// A client sent a frame without a mask (section 5.1).
    case unmaskedFrame
    /// A server sent a frame with a mask (section 5.1).
    case maskedFrame
    /// A reserved bit was set that no extension gave a meaning (section 5.2).
    case reservedBits
    /// The opcode is reserved (section 5.2).
    case unknownOpcode(UInt8)
    /// A control frame had FIN clear (section 5.5).
    case fragmentedControl
    /// A control frame had more than 125 bytes (section 5.5).
    case controlTooLong
    /// The payload length was not in its shortest form (section 5.2).
    case nonMinimalLength
    /// A 64-bit payload length had its top bit set (section 5.2).
    case lengthOverflow
    /// A continuation came while no message was under way (section 5.4).
    case unexpectedContinuation
    /// A new message began before the last one ended (section 5.4).
    case expectedContinuation
    /// Text, or the reason of a close, was not UTF-8 (section 8.1).
    case invalidUTF8
    /// What a message's compression holds cannot be inflated, or ends too soon (RFC 7692 section 7.2.2).
    case corruptCompression
    /// A message had more bytes than `limit`. Known from a frame's header, before its payload; if it is compressed, as it is inflated.
    case messageTooBig(limit: Int)
    /// A close frame had a payload of one byte (section 5.5.1).
    case invalidClosePayload
    /// A close frame had a code that must not be on the wire (section 7.4).
    case invalidCloseCode(UInt16)

    /// The code to close the connection with.
    public var closeCode: CloseCode {
        switch self {
        case .invalidUTF8, .corruptCompression: .invalidPayload
        case .messageTooBig: .messageTooBig
        case .unmaskedFrame, .maskedFrame, .reservedBits, .unknownOpcode, .fragmentedControl, .controlTooLong, .nonMinimalLength,
            .lengthOverflow, .unexpectedContinuation, .expectedContinuation, .invalidClosePayload, .invalidCloseCode:
            .protocolError
        }
    }

    /// What was wrong, in at most 123 bytes, so that it fits a close frame.
    public var reason: String {
        switch self {
        case .unmaskedFrame: "a client must mask its frames"
        case .maskedFrame: "a server must not mask its frames"
        case .reservedBits: "a reserved bit is set where no agreed extension gives it a meaning"
        case .unknownOpcode(let opcode): "opcode \(opcode) is reserved"
        case .fragmentedControl: "a control frame must not be fragmented"
        case .controlTooLong: "a control frame has at most 125 bytes"
        case .nonMinimalLength: "a payload length must be in its shortest form"
        case .lengthOverflow: "a payload length must be below 2^63"
        case .unexpectedContinuation: "a continuation frame came with no message to continue"
        case .expectedContinuation: "a new message began before the last one ended"
        case .invalidUTF8: "text is not valid UTF-8"
        case .corruptCompression: "a compressed message is corrupt"
        case .messageTooBig(let limit): "a message is larger than \(limit) bytes"
        case .invalidClosePayload: "a close frame must have no payload or at least two bytes"
        case .invalidCloseCode(let code): "close code \(code) is not allowed in a close frame"
        }
    }
}
