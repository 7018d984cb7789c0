import RoadsteadMachines
import RoadsteadWire

extension ProtocolViolation {
    /// The word for close records.
    var cause: CloseCause {
        switch self {
        case .invalidUTF8: .invalidUTF8
        case .messageTooBig: .messageTooBig
        case .unmaskedFrame, .maskedFrame, .reservedBits, .unknownOpcode, .fragmentedControl, .controlTooLong, .nonMinimalLength,
            .lengthOverflow, .unexpectedContinuation, .expectedContinuation, .corruptCompression, .invalidClosePayload, .invalidCloseCode:
            .protocolError
        }
    }
}
