import RoadsteadLoop

/// An address where nobody listens.
enum DeadPort {
    /// The endpoint of a backend that was there a moment ago.
    static func url() throws -> String {
        let descriptor = try Socket.listen(on: SocketAddress(ipv4: 0x7F00_0001, port: 0), backlog: 1, sharesPort: false)
        defer { Socket.close(descriptor) }
        return "ws://127.0.0.1:\(try Socket.localAddress(descriptor).port)"
    }
}
