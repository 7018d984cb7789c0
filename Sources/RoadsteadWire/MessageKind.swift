/// What the payload of a data message is.
public enum MessageKind: Sendable {
    /// UTF-8, checked on the way in.
    case text
    /// Any bytes.
    case binary

    /// The opcode of the message's first frame.
    @inlinable public var opcode: Opcode {
        switch self {
        case .text: .text
        case .binary: .binary
        }
    }
}
