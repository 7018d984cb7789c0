import RoadsteadMachines
import RoadsteadWire

extension ProtocolViolation {
    /// The word for close records.
    var cause: CloseCause {
        switch closeCode {
        case .invalidPayload: .invalidUTF8
        case .messageTooBig: .messageTooBig
        case _: .protocolError
        }
    }
}
