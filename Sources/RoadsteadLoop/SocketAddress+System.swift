import CLinux
import Glibc

extension SocketAddress {
    /// Lends the address as system calls take it.
    func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        switch storage {
        case .v4(let address, let port):
            var system = sockaddr_in()
            system.sin_family = sa_family_t(AF_INET)
            system.sin_port = port.bigEndian
            system.sin_addr.s_addr = address.bigEndian
            // SAFETY: the length is that of the value lent.
            return unsafe Self.lend(&system, length: MemoryLayout<sockaddr_in>.size, to: body)
        case .v6(let high, let low, let scope, let port):
            var system = sockaddr_in6()
            system.sin6_family = sa_family_t(AF_INET6)
            system.sin6_port = port.bigEndian
            system.sin6_scope_id = scope
            // SAFETY: in6_addr is 16 plain bytes, as are two UInt64.
            system.sin6_addr = unsafe unsafeBitCast((high.bigEndian, low.bigEndian), to: in6_addr.self)
            // SAFETY: the length is that of the value lent.
            return unsafe Self.lend(&system, length: MemoryLayout<sockaddr_in6>.size, to: body)
        case .unix(let path):
            var system = sockaddr_un()
            system.sun_family = sa_family_t(AF_UNIX)
            // SAFETY: sun_path is 108 plain bytes, all zero; a path is at most 107, so a NUL stays behind it.
            unsafe withUnsafeMutableBytes(of: &system.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
            // SAFETY: the length is that of the value lent.
            return unsafe Self.lend(&system, length: MemoryLayout<sockaddr_un>.size, to: body)
        }
    }

    private static func lend<System, Result>(
        _ system: inout System, length: Int, to body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        // SAFETY: every sockaddr_* begins as sockaddr does; the kernel goes by the family and the length.
        unsafe withUnsafePointer(to: &system) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, socklen_t(length)) }
        }
    }

    /// Calls a system call that writes an address, and reads that if the call returned no error (negative, or as the caller sees it).
    static func reading(
        _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> (result: Int32, address: SocketAddress) {
        var system = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // SAFETY: sockaddr_storage has room for any address; `length` says how much.
        let result = unsafe withUnsafeMutablePointer(to: &system) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe body($0, &length) }
        }
        // SAFETY: the storage lives until the call returns.
        let address = unsafe withUnsafePointer(to: &system) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe SocketAddress(system: $0, length: length) }
        }
        return (result, address ?? SocketAddress(storage: .unix(path: "")))
    }

    /// Reads an address that the system wrote. Nil for a family that is none of the three.
    init?(system: UnsafePointer<sockaddr>, length: socklen_t) {
        // SAFETY: a sockaddr of a family is followed by that family's fields; all callers pass memory of at least that size.
        switch Int32(unsafe system.pointee.sa_family) {
        case AF_INET:
            let v4 = unsafe UnsafeRawPointer(system).loadUnaligned(as: sockaddr_in.self)
            self.init(ipv4: UInt32(bigEndian: v4.sin_addr.s_addr), port: UInt16(bigEndian: v4.sin_port))
        case AF_INET6:
            let v6 = unsafe UnsafeRawPointer(system).loadUnaligned(as: sockaddr_in6.self)
            let (high, low) = Self.numbers(of: v6.sin6_addr)
            self.init(ipv6High: high, low: low, scope: v6.sin6_scope_id, port: UInt16(bigEndian: v6.sin6_port))
        case AF_UNIX:
            let start = 2
            let bytes = unsafe UnsafeRawBufferPointer(start: system, count: max(Int(length), start))[start...].prefix { $0 != 0 }
            self.init(storage: .unix(path: unsafe String(decoding: bytes, as: UTF8.self)))
        default:
            return nil
        }
    }

    private static func numbers(of address: in6_addr) -> (high: UInt64, low: UInt64) {
        // SAFETY: in6_addr is 16 plain bytes, as are two UInt64.
        let halves = unsafe unsafeBitCast(address, to: (UInt64, UInt64).self)
        return (UInt64(bigEndian: halves.0), UInt64(bigEndian: halves.1))
    }

    /// Reads dotted decimal, four parts, no leading zeros.
    static func ipv4(_ text: String) -> UInt32? {
        var address = in_addr()
        // SAFETY: inet_pton reads a NUL-terminated string and writes one in_addr. A NUL within would end the text early.
        guard !text.utf8.contains(0), unsafe inet_pton(AF_INET, text, &address) == 1 else { return nil }
        return UInt32(bigEndian: address.s_addr)
    }

    /// Reads RFC 4291 text.
    static func ipv6(_ text: String) -> (high: UInt64, low: UInt64)? {
        var address = in6_addr()
        // SAFETY: inet_pton reads a NUL-terminated string and writes one in6_addr. A NUL within would end the text early.
        guard !text.utf8.contains(0), unsafe inet_pton(AF_INET6, text, &address) == 1 else { return nil }
        return numbers(of: address)
    }

    /// The number of an interface, given its name or number.
    static func interface(_ name: String) -> UInt32? {
        if let number = UInt32(name), number > 0 { return number }
        // SAFETY: if_nametoindex reads a NUL-terminated string.
        let number = unsafe if_nametoindex(name)
        return number > 0 && !name.utf8.contains(0) ? number : nil
    }
}
