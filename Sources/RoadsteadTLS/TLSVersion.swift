/// The oldest TLS version that a context accepts; nothing older than 1.2 can be chosen (RFC 8996).
public enum TLSVersion: Sendable, Equatable {
    /// TLS 1.2, RFC 5246, and newer.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case v1_2
    /// TLS 1.3, RFC 8446, only.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    case v1_3

    /// The number on the wire, as OpenSSL wants it.
    var wireNumber: Int32 {
        switch self {
        case .v1_2: 0x0303
        case .v1_3: 0x0304
        }
    }
}
