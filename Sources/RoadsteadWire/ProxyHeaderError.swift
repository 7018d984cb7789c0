/// Why the first bytes of a connection are no PROXY header.
public enum ProxyHeaderError: Error, Equatable, Sendable {
    /// The bytes begin neither as version 1 nor as version 2.
    case missing
    /// A line of version 1 does not end within 107 bytes.
    case lineTooLong
    /// A line of version 1 that is none: wrong words, spaces, addresses or ports.
    case malformedLine
    /// A version of the binary format other than 2.
    case unsupportedVersion
    /// A command other than LOCAL and PROXY.
    case unsupportedCommand
    /// A protocol other than TCP over IPv4 or IPv6, a stream on a unix socket, or unspecified.
    case unsupportedProtocol
    /// The length is too small for the addresses of its family.
    case truncatedAddresses
    /// What follows the addresses is no row of whole TLVs, or has more than one checksum or one that has not 4 bytes.
    case malformedExtensions
    /// The checksum (CRC-32C) is not that of the header.
    case wrongChecksum
    /// The binary header has more than `limit` bytes.
    case tooLarge(limit: Int)

    /// What was wrong, in one line.
    public var explanation: String {
        switch self {
        case .missing: "the connection does not begin with a PROXY header"
        case .lineTooLong: "the PROXY line is longer than 107 bytes"
        case .malformedLine: "the PROXY line is malformed"
        case .unsupportedVersion: "only versions 1 and 2 of the PROXY protocol are spoken here"
        case .unsupportedCommand: "the PROXY header has a command other than LOCAL and PROXY"
        case .unsupportedProtocol: "the PROXY header is not of a stream"
        case .truncatedAddresses: "the PROXY header is too short for its addresses"
        case .malformedExtensions: "the PROXY header has malformed extensions"
        case .wrongChecksum: "the PROXY header does not match its checksum"
        case .tooLarge(let limit): "the PROXY header is larger than \(limit) bytes"
        }
    }
}
