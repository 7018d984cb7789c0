/// Whose side of a WebSocket connection we are.
///
/// A server requires masked frames and sends unmasked ones; a client the reverse (RFC 6455 section 5.1).
public enum Role: Sendable {
    /// We accepted the connection.
    case server
    /// We opened the connection.
    case client
}
