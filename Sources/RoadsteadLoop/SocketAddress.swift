import Glibc

/// Where a socket listens or connects: an IPv4 or IPv6 address with a port, or the path of a unix socket.
///
/// 24 bytes; IP addresses use no heap. An IPv4-mapped IPv6 address (`::ffff:1.2.3.4`) is the IPv4 address.
public struct SocketAddress: Hashable, Sendable {
    enum Storage: Hashable, Sendable {
        /// The address as a number, most significant byte first in the text.
        case v4(UInt32, port: UInt16)
        /// The address as two such numbers, and the interface of a link-local one.
        case v6(high: UInt64, low: UInt64, scope: UInt32, port: UInt16)
        case unix(path: String)
    }

    let storage: Storage

    init(storage: Storage) {
        self.storage = storage
    }

    /// An IPv4 address as a number: 127.0.0.1 is 0x7F00_0001.
    public init(ipv4 address: UInt32, port: UInt16) {
        storage = .v4(address, port: port)
    }

    /// An IPv6 address as two numbers: ::1 is (0, 1).
    public init(ipv6High high: UInt64, low: UInt64, scope: UInt32 = 0, port: UInt16) {
        if high == 0, low >> 32 == 0xFFFF {
            storage = .v4(UInt32(truncatingIfNeeded: low), port: port)
        } else {
            storage = .v6(high: high, low: low, scope: scope, port: port)
        }
    }

    /// A unix socket. Nil for a path that is empty, longer than the 107 bytes that the kernel takes, or holds a NUL.
    public init?(unixPath path: String) {
        guard !path.isEmpty, path.utf8.count <= Self.maximumPathLength, !path.utf8.contains(0) else { return nil }
        storage = .unix(path: path)
    }

    /// Bytes that `sockaddr_un.sun_path` holds, without the NUL.
    static let maximumPathLength = 107

    /// Whether this is a unix socket.
    public var isUnix: Bool {
        switch storage {
        case .v4, .v6: false
        case .unix: true
        }
    }

    /// The path of a unix socket; empty for one without a name, such as the client's end; nil for IP addresses.
    public var unixPath: String? {
        switch storage {
        case .v4, .v6: nil
        case .unix(let path): path
        }
    }

    /// The port; 0 for unix sockets.
    public var port: UInt16 {
        switch storage {
        case .v4(_, let port), .v6(_, _, _, let port): port
        case .unix: 0
        }
    }

    /// The same address with another port; a unix socket unchanged. With port 0 it is a key for what is counted by address.
    public func withPort(_ port: UInt16) -> SocketAddress {
        switch storage {
        case .v4(let address, _): SocketAddress(storage: .v4(address, port: port))
        case .v6(let high, let low, let scope, _): SocketAddress(storage: .v6(high: high, low: low, scope: scope, port: port))
        case .unix: self
        }
    }

    /// The address in network order: 4 bytes, 16, or none for unix sockets.
    public var ipBytes: [UInt8] {
        switch storage {
        case .v4(let address, _): (0..<4).map { UInt8(truncatingIfNeeded: address >> (24 - 8 * UInt32($0))) }
        case .v6(let high, let low, _, _):
            [high, low].flatMap { half in (0..<8).map { UInt8(truncatingIfNeeded: half >> (56 - 8 * UInt64($0))) } }
        case .unix: []
        }
    }

    /// What `socket(2)` wants to know.
    var family: Int32 {
        switch storage {
        case .v4: AF_INET
        case .v6: AF_INET6
        case .unix: AF_UNIX
        }
    }
}
