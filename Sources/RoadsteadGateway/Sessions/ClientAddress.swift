import RoadsteadConfig
import RoadsteadLoop
import RoadsteadWire

extension SocketAddress {
    /// The client that a PROXY header names; nil if its address is none. A header that names nobody leaves the peer.
    init?(_ header: ProxyHeader, peer: SocketAddress) {
        switch header.source {
        case .peer: self = peer
        case .ipv4(let address, let port): self.init(ipv4: address, port: port)
        case .ipv6(let high, let low, let port): self.init(ipv6High: high, low: low, port: port)
        case .text(let text, let isIPv6, let port): self.init(parsing: isIPv6 ? "[\(text)]:\(port)" : "\(text):\(port)")
        }
    }

    /// An IP address in digits, without a port; no scope.
    init?(ip text: String) {
        guard !text.contains("%") else { return nil }
        self.init(parsing: text.contains(":") ? "[\(text)]:0" : "\(text):0")
    }

    /// For operators: the port is left out when nobody said it.
    var shown: String { port == 0 && !isUnix ? host : description }
}

extension ListenerConfiguration {
    /// Whether what this peer says of its clients is believed. A unix socket's peer has no address, and so is in no range.
    func trusts(_ peer: SocketAddress) -> Bool {
        guard !trustedProxies.isEmpty else { return false }
        let bytes = peer.ipBytes
        return trustedProxies.contains { $0.contains(bytes) }
    }

    /// Whether this peer may send a PROXY header. Without a list whoever reaches the listener may; unix sockets have permissions instead.
    func takesHeader(from peer: SocketAddress) -> Bool { trustedProxies.isEmpty || peer.isUnix || trusts(peer) }

    /// The client that a trusted proxy names; nil if it names none.
    func client(forwardedFor elements: [String]) -> SocketAddress? {
        ForwardedFor.client(elements) { text in SocketAddress(ip: text).map(trusts) }.flatMap(SocketAddress.init(ip:))
    }
}
