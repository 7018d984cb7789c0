/// What a PROXY protocol header says of the connection that a proxy passes on (the PROXY protocol, version 1 and 2, of HAProxy).
public struct ProxyHeader: Sendable, Equatable {
    /// Who the proxy's client is.
    public enum Source: Sendable, Equatable {
        /// Nobody else than the peer: the proxy's own connection (`LOCAL`), or one whose origin has no IP address (`UNKNOWN`, a unix socket).
        case peer
        /// An IPv4 address as a number.
        case ipv4(UInt32, port: UInt16)
        /// An IPv6 address as two numbers.
        case ipv6(high: UInt64, low: UInt64, port: UInt16)
        /// An address in digits, as the line has it: a good one of its family.
        case text(String, isIPv6: Bool, port: UInt16)
    }

    /// Who the proxy's client is.
    public var source: Source

    /// A header with this source.
    public init(source: Source) { self.source = source }
}
