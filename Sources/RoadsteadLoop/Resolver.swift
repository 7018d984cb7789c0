import CLinux
import Glibc

/// Names to addresses.
public enum Resolver {
    /// Asks the system's resolver, in its order (RFC 6724) and without duplicates. Blocks, for seconds if the resolver is slow: never call it on a loop.
    public static func resolve(host: String, port: UInt16) -> Result<[SocketAddress], LoopError> {
        guard !host.isEmpty, !host.utf8.contains(0) else {
            return .failure(.unresolvable(host: host, reason: "a name is neither empty nor holds a NUL"))
        }
        // SAFETY: addrinfo holds pointers, which are null here and which hints leave so.
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        // SAFETY: the string outlives the call; `list` is freed below on every path where the call has set it.
        let code = unsafe getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else {
            // SAFETY: gai_strerror returns a constant string.
            let words = code == EAI_SYSTEM ? ErrorNumber.words(for: errno) : unsafe String(cString: gai_strerror(code))
            return .failure(.unresolvable(host: host, reason: words))
        }
        // SAFETY: set by the successful call above, freed once.
        defer { unsafe freeaddrinfo(list) }

        var addresses: [SocketAddress] = []
        // SAFETY: a walk along the list, which is read only.
        var next = unsafe list
        // SAFETY: the list's nodes and addresses live until freeaddrinfo.
        while let node = unsafe next {
            if let system = unsafe node.pointee.ai_addr,
                let address = unsafe SocketAddress(system: system, length: node.pointee.ai_addrlen)?.withPort(port),
                !addresses.contains(address)
            {
                addresses.append(address)
            }
            unsafe next = node.pointee.ai_next
        }
        return addresses.isEmpty ? .failure(.unresolvable(host: host, reason: "it has no IP address")) : .success(addresses)
    }
}
